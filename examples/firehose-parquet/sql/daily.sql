-- Hits and visitors of each day.
SELECT day, count(*) AS hits, count(DISTINCT user_id) AS users
FROM clicks
WHERE day BETWEEN CAST(current_date - INTERVAL '6' DAY AS VARCHAR) AND CAST(current_date AS VARCHAR)
GROUP BY day
ORDER BY day
