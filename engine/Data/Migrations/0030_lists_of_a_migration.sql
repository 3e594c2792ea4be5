-- The numbers and the end users of one migration, page by page in the order of their ids, and their counts by state from the
-- same index. Building both locks the tables against writing, a second for some 300,000 rows each.
drop index phone_numbers_migration_id_idx, end_users_migration_id_idx;
create index phone_numbers_migration_id_idx on phone_numbers (tenant_id, migration_id, id) include (status);
create index end_users_migration_id_idx on end_users (tenant_id, migration_id, id) include (is_configured);
