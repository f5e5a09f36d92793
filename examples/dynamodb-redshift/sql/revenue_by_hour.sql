-- Orders and revenue of each hour by country, with the running total of the country's day.
WITH orders AS (
    SELECT date_trunc('hour', event_time) AS hour, country, order_id, max(cart_value) AS value
    FROM clicks_once
    WHERE is_purchase
    GROUP BY 1, 2, 3
)
SELECT hour,
       country,
       count(*) AS orders,
       sum(value) AS revenue,
       sum(sum(value)) OVER (PARTITION BY country, date_trunc('day', hour) ORDER BY hour ROWS UNBOUNDED PRECEDING)
           AS revenue_of_the_day_so_far
FROM orders
GROUP BY hour, country
ORDER BY hour, country;
