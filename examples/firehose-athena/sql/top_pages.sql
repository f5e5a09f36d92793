-- Which pages are seen most, and by how many users: `clickgen expect --by client_event` says the same.
SELECT client_event,
       count(*) AS hits,
       count(DISTINCT user_id) AS users
FROM clicks
GROUP BY client_event
ORDER BY hits DESC, client_event
