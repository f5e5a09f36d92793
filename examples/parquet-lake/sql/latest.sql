-- The latest data of today.
SELECT *
FROM events
WHERE dt = CAST(current_date AS VARCHAR)
ORDER BY ts DESC
LIMIT 10
