insert into sales.orders
select id, customer, total
from staging.orders
where ordered_on = '{{ ds }}'
  and region = '{{ var.value.get("region", "eu") }}';
