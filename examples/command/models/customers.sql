select id, name, created_at from raw.customers
