-- How often each page was seen on each day of a week.
SELECT dt,
       page,
       COUNT(*) AS hits
FROM events
WHERE dt BETWEEN CAST(current_date - INTERVAL '6' DAY AS VARCHAR) AND CAST(current_date AS VARCHAR)
GROUP BY dt, page
ORDER BY dt, hits DESC
