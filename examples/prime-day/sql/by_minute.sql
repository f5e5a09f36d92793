-- How it sells: order lines and revenue of each minute, with the running total.
SELECT date_trunc('minute', cast(ordered_at AS timestamp)) AS minute,
       count(*) AS sold,
       cast(sum(quantity * price) AS decimal(18, 2)) AS revenue,
       cast(sum(sum(quantity * price)) OVER (ORDER BY date_trunc('minute', cast(ordered_at AS timestamp)))
            AS decimal(18, 2)) AS revenue_so_far
FROM orders
GROUP BY date_trunc('minute', cast(ordered_at AS timestamp))
ORDER BY minute
