-- Lists of large tables, and fewer index entries for a porting step. Every update of a number writes an entry into each of
-- its indexes, so those of fields that most numbers go without hold only the numbers that have a value. Building them locks
-- the table against writing, a second for some 300,000 rows.

drop index phone_numbers_end_user_id_idx, phone_numbers_resource_account_id_idx, phone_numbers_port_date_idx;
create index phone_numbers_end_user_id_idx on phone_numbers (tenant_id, end_user_id, id) where end_user_id is not null;
create index phone_numbers_resource_account_id_idx on phone_numbers (tenant_id, resource_account_id, id) where resource_account_id is not null;
create index phone_numbers_port_date_idx on phone_numbers (tenant_id, port_date, id) where port_date is not null;
create index phone_numbers_current_carrier_idx on phone_numbers (tenant_id, current_carrier, id) where current_carrier is not null;
create index phone_numbers_billing_telephone_number_idx on phone_numbers (tenant_id, billing_telephone_number, id) where billing_telephone_number is not null;
create index phone_numbers_loa_submitted_at_idx on phone_numbers (tenant_id, loa_submitted_at, id) where loa_submitted_at is not null;
create index phone_numbers_rejection_code_idx on phone_numbers (tenant_id, rejection_code, id) where rejection_code is not null;
create index phone_numbers_foc_date_idx on phone_numbers (tenant_id, foc_date, id) where foc_date is not null;
create index phone_numbers_ported_at_idx on phone_numbers (tenant_id, ported_at, id) where ported_at is not null;
create index phone_numbers_verified_at_idx on phone_numbers (tenant_id, verified_at, id) where verified_at is not null;
create index phone_numbers_updated_at_idx on phone_numbers (tenant_id, updated_at, id);
create index end_users_department_idx on end_users (tenant_id, department, id);
create index end_users_updated_at_idx on end_users (tenant_id, updated_at, id);

-- The named filter of numbers that nobody has: the condition as the list writes it.
create index phone_numbers_unassigned_idx on phone_numbers (tenant_id, created_at, id)
    where type = 'user' and end_user_id is null and resource_account_id is null;

-- Ids of the audit begin with the instant, so that the key is in its order already; most rows of it have no user as their actor.
drop index audit_at_idx, audit_actor_idx;
create index audit_actor_idx on audit (tenant_id, actor_id, id) where actor_id is not null;
