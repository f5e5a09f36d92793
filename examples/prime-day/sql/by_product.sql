-- What sells: order lines, pieces and revenue by product.
SELECT product_name,
       count(*) AS sold,
       sum(quantity) AS pieces,
       cast(sum(quantity * price) AS decimal(18, 2)) AS revenue
FROM orders
GROUP BY product_name
ORDER BY revenue DESC, product_name
