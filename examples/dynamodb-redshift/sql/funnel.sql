-- How far sessions get, by kind of device, with the share of those that began.
SELECT device_class,
       count(DISTINCT session_id) AS sessions,
       count(DISTINCT CASE WHEN event_type = 'product_view' THEN session_id END) AS saw_a_product,
       count(DISTINCT CASE WHEN event_type = 'add_to_cart' THEN session_id END) AS filled_the_cart,
       count(DISTINCT CASE WHEN event_type = 'checkout_start' THEN session_id END) AS went_to_checkout,
       count(DISTINCT CASE WHEN is_purchase THEN session_id END) AS bought,
       round(100.0 * count(DISTINCT CASE WHEN is_purchase THEN session_id END)
             / nullif(count(DISTINCT session_id), 0), 2) AS percent_bought
FROM clicks_once
GROUP BY device_class
ORDER BY sessions DESC, device_class;
