-- Visits by kind of device: a visit ends where its user does nothing for half an hour.
WITH seen AS (
    SELECT user_id,
           device_class,
           client_event,
           cast(replace(client_timestamp, 'T', ' ') AS timestamp) AS at
    FROM clicks
), marked AS (
    SELECT *,
           CASE WHEN date_diff('minute', lag(at) OVER (PARTITION BY user_id ORDER BY at), at) < 30
                THEN 0 ELSE 1 END AS is_first
    FROM seen
), visits AS (
    SELECT *, sum(is_first) OVER (PARTITION BY user_id ORDER BY at ROWS UNBOUNDED PRECEDING) AS visit
    FROM marked
), lengths AS (
    SELECT user_id,
           visit,
           min(device_class) AS device_class,
           count(*) AS pages,
           date_diff('second', min(at), max(at)) AS seconds,
           max(CASE WHEN client_event = 'purchase' THEN 1 ELSE 0 END) AS bought
    FROM visits
    GROUP BY user_id, visit
)
SELECT device_class,
       count(*) AS visits,
       cast(avg(pages) AS decimal(8, 2)) AS pages_a_visit,
       cast(avg(seconds) AS decimal(10, 1)) AS seconds_a_visit,
       sum(bought) AS with_a_purchase
FROM lengths
GROUP BY device_class
ORDER BY visits DESC, device_class
