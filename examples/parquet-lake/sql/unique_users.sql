-- How many visitors each day had.
SELECT dt,
       COUNT(DISTINCT user) AS unique_users
FROM events
GROUP BY dt
ORDER BY dt
