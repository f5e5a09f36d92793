-- A day by hour and group of pages; the partitions say which objects are read.
SELECT event_hour, page_group, count(*) AS hits
FROM clicks
WHERE year = date_format(current_date, '%Y')
  AND month = date_format(current_date, '%m')
  AND day = date_format(current_date, '%d')
GROUP BY event_hour, page_group
ORDER BY event_hour, page_group
