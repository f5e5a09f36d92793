-- The first clicks of the day of the recorded object.
SELECT user_id, device_id, client_event, client_timestamp, day, device
FROM clicks
WHERE day = '2026-01-15'
ORDER BY client_timestamp
LIMIT 10
