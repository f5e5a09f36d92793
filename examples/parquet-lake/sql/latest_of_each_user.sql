-- Where each visitor of today was last.
SELECT "user", page, ts
FROM (
    SELECT "user", page, ts, row_number() OVER (PARTITION BY "user" ORDER BY ts DESC) AS newest
    FROM page_views
    WHERE dt = CAST(current_date AS VARCHAR)
)
WHERE newest = 1
ORDER BY ts DESC
LIMIT 10
