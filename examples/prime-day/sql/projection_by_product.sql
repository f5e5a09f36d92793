-- The ten products that will have brought most by the end of the day, if each goes on as it has.
WITH sale AS (
    SELECT min(cast(ordered_at AS timestamp)) AS first_order,
           max(cast(ordered_at AS timestamp)) AS last_order
    FROM orders
), pace AS (
    SELECT greatest(1, date_diff('second', first_order, last_order)) AS seconds_gone,
           date_diff('second', last_order, date_trunc('day', last_order) + INTERVAL '1' DAY) AS seconds_left
    FROM sale
)
SELECT product_name,
       sum(quantity) AS pieces,
       cast(sum(quantity) * (1 + seconds_left / cast(seconds_gone AS double)) AS bigint) AS pieces_by_midnight,
       cast(sum(quantity * price) * (1 + seconds_left / cast(seconds_gone AS double)) AS decimal(18, 2))
           AS revenue_by_midnight
FROM orders CROSS JOIN pace
GROUP BY product_name, seconds_gone, seconds_left
ORDER BY revenue_by_midnight DESC, product_name
LIMIT 10
