-- Requests for approval, and who must not work on a task. A new table, and a new column without a default: locks tasks for a
-- moment, whatever its size.

create table approvals (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    type varchar(64) not null,
    title varchar(300) not null,
    subject_type varchar(64),
    subject_id uuid,
    requester_id uuid,
    data jsonb,
    status varchar(64) not null,
    level int not null,
    levels jsonb,
    decisions jsonb,
    reason varchar(1000),
    decision_id uuid,
    workflow varchar(100),
    comment varchar(2000),
    decided_at timestamptz,
    instance_id uuid,
    constraint approvals_pkey primary key (tenant_id, id),
    constraint approvals_requester_id_fkey foreign key (tenant_id, requester_id)
        references users (tenant_id, id) on delete set null (requester_id)
);
create index approvals_created_at_idx on approvals (tenant_id, created_at, id);
create index approvals_decided_at_idx on approvals (tenant_id, decided_at, id) where decided_at is not null;
create index approvals_requester_id_idx on approvals (tenant_id, requester_id, id);
create index approvals_search_idx on approvals using gin (title gin_trgm_ops);
create index approvals_status_idx on approvals (tenant_id, status, id);
create index approvals_subject_type_idx on approvals (tenant_id, subject_type, subject_id, id);
create index approvals_type_idx on approvals (tenant_id, type, id);
select guard_tenant_table('approvals');

alter table tasks add column excluded_user_ids jsonb;
