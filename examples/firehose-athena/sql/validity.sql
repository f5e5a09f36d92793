-- Is every row as the transform promises? Each promise with the rows that break it: all 0.
SELECT count(*) AS events,
       count_if(event_date IS NULL OR event_date <> substr(client_timestamp, 1, 10)) AS wrong_date,
       count_if(event_hour IS NULL OR event_hour <> cast(substr(client_timestamp, 12, 2) AS integer)) AS wrong_hour,
       count_if(device_class IS NULL OR device_class <> CASE device_id
                    WHEN 'computer' THEN 'desktop' WHEN 'mobile' THEN 'handheld' WHEN 'tablet' THEN 'handheld'
                    ELSE 'other' END) AS wrong_device_class,
       count_if(page_group IS NULL OR page_group NOT IN ('landing', 'browsing', 'checkout', 'other'))
           AS wrong_page_group,
       count_if(user_id IS NULL OR user_id < 0) AS without_user,
       count(*) - count(DISTINCT clickgen_id) AS delivered_twice
FROM clicks
