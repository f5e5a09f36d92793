-- Which campaign a session came by (its first click), and what it brought.
WITH first_clicks AS (
    SELECT session_id,
           coalesce(utm_campaign, 'none') AS campaign,
           row_number() OVER (PARTITION BY session_id ORDER BY event_time, page_number) AS place
    FROM clicks_once
), revenue AS (
    SELECT session_id, sum(cart_value) AS value
    FROM clicks_once
    WHERE is_purchase
    GROUP BY session_id
)
SELECT campaign,
       count(*) AS sessions,
       count(value) AS with_an_order,
       coalesce(sum(value), 0) AS revenue
FROM first_clicks
LEFT JOIN revenue USING (session_id)
WHERE place = 1
GROUP BY campaign
ORDER BY revenue DESC, campaign;
