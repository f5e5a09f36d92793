-- Revenue so far, a minute on average, and what that makes by the end of the day if it goes on so.
WITH sold AS (
    SELECT sum(quantity * price) AS revenue,
           min(cast(ordered_at AS timestamp)) AS first_order,
           max(cast(ordered_at AS timestamp)) AS last_order
    FROM orders
), pace AS (
    SELECT revenue,
           revenue / greatest(1, date_diff('second', first_order, last_order)) AS per_second,
           date_diff('second', last_order, date_trunc('day', last_order) + INTERVAL '1' DAY) AS seconds_left
    FROM sold
)
SELECT cast(revenue AS decimal(18, 2)) AS revenue,
       cast(per_second * 60 AS decimal(18, 2)) AS per_minute,
       cast(revenue + per_second * seconds_left AS decimal(18, 2)) AS by_the_end_of_the_day
FROM pace
