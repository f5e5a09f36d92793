-- What visitors did on each day, and on which device; only the partitions of these days are read.
SELECT day, device, client_event, count(*) AS hits
FROM clicks
WHERE day BETWEEN CAST(current_date - INTERVAL '6' DAY AS VARCHAR) AND CAST(current_date AS VARCHAR)
GROUP BY day, device, client_event
ORDER BY day, hits DESC, device, client_event
