-- The table that Firehose loads by COPY, and what analysts look at. Run once when the pipeline is made.
CREATE TABLE IF NOT EXISTS clicks (
    event_id      VARCHAR(36) NOT NULL,
    event_time    TIMESTAMP NOT NULL,
    visitor_id    VARCHAR(32) NOT NULL,
    session_id    VARCHAR(32),
    page_number   INTEGER,
    returning     BOOLEAN,
    signed_in     BOOLEAN,
    event_type    VARCHAR(40) NOT NULL,
    page          VARCHAR(500),
    section       VARCHAR(20),
    category      VARCHAR(100),
    product_id    VARCHAR(40),
    price         DECIMAL(12, 2),
    search_term   VARCHAR(200),
    cart_items    INTEGER,
    cart_value    DECIMAL(12, 2),
    quantity      INTEGER,
    currency      VARCHAR(3),
    order_id      VARCHAR(40),
    is_purchase   BOOLEAN,
    device        VARCHAR(20),
    device_class  VARCHAR(20),
    os            VARCHAR(40),
    browser       VARCHAR(60),
    language      VARCHAR(20),
    country       VARCHAR(2),
    city          VARCHAR(100),
    referrer      VARCHAR(1000),
    utm_source    VARCHAR(100),
    utm_medium    VARCHAR(100),
    utm_campaign  VARCHAR(100)
)
DISTSTYLE KEY DISTKEY (visitor_id)
COMPOUND SORTKEY (event_time);

-- Delivery is at least once: the same click may be loaded twice, and is seen here once.
CREATE OR REPLACE VIEW clicks_once AS
SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY event_id ORDER BY event_time) AS copy FROM clicks
) AS copies
WHERE copy = 1;
