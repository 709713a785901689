select id, customer_id, total from raw.orders where not cancelled
