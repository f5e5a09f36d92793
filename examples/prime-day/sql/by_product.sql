-- What sells: orders, pieces and revenue by product.
SELECT product_name,
       count(*) AS orders,
       sum(quantity) AS pieces,
       round(sum(quantity * price), 2) AS revenue
FROM orders
GROUP BY product_name
ORDER BY revenue DESC, product_name
LIMIT 10
