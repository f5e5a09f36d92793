-- What is looked at, and by whom: `clickgen expect --by event_type` says the same.
SELECT event_type,
       count(*) AS hits,
       count(DISTINCT visitor_id) AS users,
       count(DISTINCT session_id) AS sessions
FROM clicks_once
GROUP BY event_type
ORDER BY hits DESC, event_type;
