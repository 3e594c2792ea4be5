-- The ground: who sees which rows, the record types, and what every record has (history, audit, comments, tags, files).
-- New tables only: locks nothing that exists. The roles switchboard_app and switchboard_engine are there already.

-- Trusted: the owner of a database may create it.
create extension if not exists pg_trgm;

-- Row-level security keeps conditions that might leak from an index. Matching a pattern raises no error that tells of the
-- row, so it may use one; only a superuser can say so, and elsewhere a search reads all rows of its tenant.
do $$
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        alter function texticlike(text, text) leakproof;
    end if;
end $$;

-- The tenant that the transaction named; null, and so no row at all, when it named none.
create function current_tenant() returns uuid
language sql stable parallel safe as $$
    select nullif(current_setting('app.tenant', true), '')::uuid
$$;

-- Every table with a tenant_id passes through this: the service's roles see its rows by the policies alone, whoever owns
-- it. An append-only one can be read and added to by the app, never changed.
create function guard_tenant_table(name text, append_only boolean default false) returns void
language plpgsql as $$
begin
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy tenant_isolation on %I to switchboard_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name);
    execute format('create policy engine on %I to switchboard_engine using (true) with check (true)', name);
    execute format('grant select, insert, update, delete on %I to switchboard_engine', name);
    execute format('grant select, insert%s on %I to switchboard_app', case when append_only then '' else ', update, delete' end, name);
end $$;
revoke execute on function guard_tenant_table(text, boolean) from public;

grant usage on schema public to switchboard_app, switchboard_engine;

-- Record types. Enumerated values are no checks: a tenant may add its own.

create table tenants (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    name varchar(200) not null,
    is_active boolean not null,
    timezone varchar(64) not null,
    language varchar(35) not null,
    settings jsonb,
    branding jsonb,
    constraint tenants_pkey primary key (tenant_id, id),
    constraint tenants_own_themselves check (tenant_id = id)
);
create index tenants_created_at_idx on tenants (tenant_id, created_at, id);
create unique index tenants_name_unique on tenants (tenant_id, name);
create index tenants_search_idx on tenants using gin (name gin_trgm_ops);

create table roles (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    name varchar(64) not null,
    description varchar(500),
    permissions jsonb,
    is_system boolean not null,
    constraint roles_pkey primary key (tenant_id, id)
);
create index roles_created_at_idx on roles (tenant_id, created_at, id);
create unique index roles_name_unique on roles (tenant_id, name);
create index roles_search_idx on roles using gin (name gin_trgm_ops);

create table users (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    email varchar(254) not null,
    display_name varchar(200) not null,
    roles jsonb,
    is_active boolean not null,
    timezone varchar(64),
    language varchar(35),
    constraint users_pkey primary key (tenant_id, id)
);
create index users_created_at_idx on users (tenant_id, created_at, id);
create index users_display_name_idx on users (tenant_id, display_name, id);
create unique index users_email_unique on users (tenant_id, email);
create index users_is_active_idx on users (tenant_id, is_active, id);
create index users_search_idx on users using gin (email gin_trgm_ops, display_name gin_trgm_ops);

create table sites (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    name varchar(200) not null,
    address varchar(300),
    city varchar(100),
    state varchar(100),
    postal_code varchar(20),
    country varchar(100),
    timezone varchar(64) not null,
    business_hours jsonb,
    holidays jsonb,
    constraint sites_pkey primary key (tenant_id, id)
);
create index sites_city_idx on sites (tenant_id, city, id);
create index sites_created_at_idx on sites (tenant_id, created_at, id);
create unique index sites_name_unique on sites (tenant_id, name);
create index sites_search_idx on sites using gin (name gin_trgm_ops, address gin_trgm_ops, city gin_trgm_ops);

create table migrations (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    name varchar(200) not null,
    site_id uuid not null,
    status varchar(64) not null,
    routing_type varchar(64),
    target_carrier varchar(64),
    target_date date,
    instance_id uuid,
    constraint migrations_pkey primary key (tenant_id, id),
    constraint migrations_site_id_fkey foreign key (tenant_id, site_id)
        references sites (tenant_id, id) on delete restrict
);
create index migrations_created_at_idx on migrations (tenant_id, created_at, id);
create unique index migrations_name_unique on migrations (tenant_id, name);
create index migrations_search_idx on migrations using gin (name gin_trgm_ops);
create index migrations_site_id_idx on migrations (tenant_id, site_id, status, id);
create index migrations_status_idx on migrations (tenant_id, status, id);
create index migrations_target_date_idx on migrations (tenant_id, target_date, id);

create table migration_assignments (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    migration_id uuid not null,
    user_id uuid not null,
    role varchar(64) not null,
    constraint migration_assignments_pkey primary key (tenant_id, id),
    constraint migration_assignments_migration_id_fkey foreign key (tenant_id, migration_id)
        references migrations (tenant_id, id) on delete cascade,
    constraint migration_assignments_user_id_fkey foreign key (tenant_id, user_id)
        references users (tenant_id, id) on delete cascade,
    constraint migration_assignments_user_unique unique (tenant_id, migration_id, user_id)
);
create index migration_assignments_created_at_idx on migration_assignments (tenant_id, created_at, id);
create index migration_assignments_migration_id_idx on migration_assignments (tenant_id, migration_id, id);
create index migration_assignments_user_id_idx on migration_assignments (tenant_id, user_id, id);

create table end_users (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    upn varchar(254) not null,
    display_name varchar(200) not null,
    migration_id uuid not null,
    extension varchar(16),
    department varchar(100),
    is_configured boolean not null,
    constraint end_users_pkey primary key (tenant_id, id),
    constraint end_users_migration_id_fkey foreign key (tenant_id, migration_id)
        references migrations (tenant_id, id) on delete restrict
);
create index end_users_created_at_idx on end_users (tenant_id, created_at, id);
create index end_users_display_name_idx on end_users (tenant_id, display_name, id);
create index end_users_extension_idx on end_users (tenant_id, extension, id);
create index end_users_is_configured_idx on end_users (tenant_id, is_configured, id);
create index end_users_migration_id_idx on end_users (tenant_id, migration_id, is_configured, id);
create index end_users_search_idx on end_users using gin (upn gin_trgm_ops, display_name gin_trgm_ops);
create unique index end_users_upn_unique on end_users (tenant_id, upn);

create table phone_numbers (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    number varchar(16) not null,
    type varchar(64) not null,
    migration_id uuid not null,
    end_user_id uuid,
    resource_account_id uuid,
    current_carrier varchar(100),
    billing_telephone_number varchar(16),
    notes varchar(2000),
    status varchar(64) not null,
    attempt int not null,
    loa_submitted_at timestamptz,
    rejection_code varchar(64),
    foc_date date,
    port_date date,
    ported_at timestamptz,
    verified_at timestamptz,
    instance_id uuid,
    constraint phone_numbers_pkey primary key (tenant_id, id),
    constraint phone_numbers_end_user_id_fkey foreign key (tenant_id, end_user_id)
        references end_users (tenant_id, id) on delete set null (end_user_id),
    constraint phone_numbers_migration_id_fkey foreign key (tenant_id, migration_id)
        references migrations (tenant_id, id) on delete restrict,
    constraint phone_numbers_number_e164 check (number ~ '^\+[0-9]{8,15}$'),
    constraint phone_numbers_assigned_once check (end_user_id is null or resource_account_id is null)
);
create index phone_numbers_created_at_idx on phone_numbers (tenant_id, created_at, id);
create index phone_numbers_end_user_id_idx on phone_numbers (tenant_id, end_user_id, id);
create index phone_numbers_migration_id_idx on phone_numbers (tenant_id, migration_id, status, id);
create unique index phone_numbers_number_unique on phone_numbers (tenant_id, number);
create index phone_numbers_port_date_idx on phone_numbers (tenant_id, port_date, id);
create index phone_numbers_resource_account_id_idx on phone_numbers (tenant_id, resource_account_id, id);
create index phone_numbers_search_idx on phone_numbers using gin (number gin_trgm_ops, current_carrier gin_trgm_ops, notes gin_trgm_ops);
create index phone_numbers_status_idx on phone_numbers (tenant_id, status, id);
create index phone_numbers_type_idx on phone_numbers (tenant_id, type, id);

create table port_orders (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    reference varchar(100) not null,
    migration_id uuid not null,
    losing_carrier varchar(100),
    requested_date date,
    phone_number_ids jsonb,
    status varchar(64) not null,
    constraint port_orders_pkey primary key (tenant_id, id),
    constraint port_orders_migration_id_fkey foreign key (tenant_id, migration_id)
        references migrations (tenant_id, id) on delete restrict
);
create index port_orders_created_at_idx on port_orders (tenant_id, created_at, id);
create index port_orders_losing_carrier_idx on port_orders (tenant_id, losing_carrier, id);
create index port_orders_migration_id_idx on port_orders (tenant_id, migration_id, id);
create unique index port_orders_reference_unique on port_orders (tenant_id, reference);
create index port_orders_requested_date_idx on port_orders (tenant_id, requested_date, id);
create index port_orders_search_idx on port_orders using gin (reference gin_trgm_ops, losing_carrier gin_trgm_ops);
create index port_orders_status_idx on port_orders (tenant_id, status, id);

create table resource_accounts (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    upn varchar(254) not null,
    display_name varchar(200),
    type varchar(64) not null,
    migration_id uuid not null,
    phone_number_id uuid,
    constraint resource_accounts_pkey primary key (tenant_id, id),
    constraint resource_accounts_migration_id_fkey foreign key (tenant_id, migration_id)
        references migrations (tenant_id, id) on delete restrict,
    constraint resource_accounts_phone_number_id_fkey foreign key (tenant_id, phone_number_id)
        references phone_numbers (tenant_id, id) on delete set null (phone_number_id) deferrable initially deferred
);
create index resource_accounts_created_at_idx on resource_accounts (tenant_id, created_at, id);
create index resource_accounts_display_name_idx on resource_accounts (tenant_id, display_name, id);
create index resource_accounts_migration_id_idx on resource_accounts (tenant_id, migration_id, id);
create index resource_accounts_phone_number_id_idx on resource_accounts (tenant_id, phone_number_id, id);
create index resource_accounts_search_idx on resource_accounts using gin (upn gin_trgm_ops, display_name gin_trgm_ops);
create index resource_accounts_type_idx on resource_accounts (tenant_id, type, id);
create unique index resource_accounts_upn_unique on resource_accounts (tenant_id, upn);

create table auto_attendants (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    name varchar(200) not null,
    resource_account_id uuid,
    language varchar(35),
    business_hours_menu_options jsonb,
    after_hours_menu_options jsonb,
    constraint auto_attendants_pkey primary key (tenant_id, id),
    constraint auto_attendants_resource_account_id_fkey foreign key (tenant_id, resource_account_id)
        references resource_accounts (tenant_id, id) on delete set null (resource_account_id)
);
create index auto_attendants_created_at_idx on auto_attendants (tenant_id, created_at, id);
create unique index auto_attendants_name_unique on auto_attendants (tenant_id, name);
create index auto_attendants_resource_account_id_idx on auto_attendants (tenant_id, resource_account_id, id);
create index auto_attendants_search_idx on auto_attendants using gin (name gin_trgm_ops);

create table call_queues (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    name varchar(200) not null,
    resource_account_id uuid,
    routing_method varchar(64) not null,
    overflow_action varchar(64) not null,
    overflow_target varchar(254),
    overflow_threshold int,
    timeout_seconds int,
    constraint call_queues_pkey primary key (tenant_id, id),
    constraint call_queues_resource_account_id_fkey foreign key (tenant_id, resource_account_id)
        references resource_accounts (tenant_id, id) on delete set null (resource_account_id)
);
create index call_queues_created_at_idx on call_queues (tenant_id, created_at, id);
create unique index call_queues_name_unique on call_queues (tenant_id, name);
create index call_queues_resource_account_id_idx on call_queues (tenant_id, resource_account_id, id);
create index call_queues_search_idx on call_queues using gin (name gin_trgm_ops);

create table call_queue_agents (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    call_queue_id uuid not null,
    end_user_id uuid not null,
    agent_order int not null,
    constraint call_queue_agents_pkey primary key (tenant_id, id),
    constraint call_queue_agents_end_user_id_fkey foreign key (tenant_id, end_user_id)
        references end_users (tenant_id, id) on delete cascade,
    constraint call_queue_agents_agent_unique unique (tenant_id, call_queue_id, end_user_id),
    constraint call_queue_agents_call_queue_id_fkey foreign key (tenant_id, call_queue_id)
        references call_queues (tenant_id, id) on delete cascade
);
create index call_queue_agents_call_queue_id_idx on call_queue_agents (tenant_id, call_queue_id, agent_order, id);
create index call_queue_agents_created_at_idx on call_queue_agents (tenant_id, created_at, id);
create index call_queue_agents_end_user_id_idx on call_queue_agents (tenant_id, end_user_id, id);

create table generated_scripts (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    migration_id uuid not null,
    template varchar(100) not null,
    template_hash varchar(64),
    name varchar(200) not null,
    content text not null,
    constraint generated_scripts_pkey primary key (tenant_id, id),
    constraint generated_scripts_migration_id_fkey foreign key (tenant_id, migration_id)
        references migrations (tenant_id, id) on delete cascade
);
create index generated_scripts_created_at_idx on generated_scripts (tenant_id, created_at, id);
create index generated_scripts_migration_id_idx on generated_scripts (tenant_id, migration_id, id);
create index generated_scripts_search_idx on generated_scripts using gin (name gin_trgm_ops);
create index generated_scripts_template_idx on generated_scripts (tenant_id, template, id);

create table tasks (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    title varchar(300) not null,
    description text,
    type varchar(64) not null,
    status varchar(64) not null,
    assignee_id uuid,
    candidate_roles jsonb,
    due_at timestamptz,
    priority varchar(64) not null,
    form varchar(100),
    subject_type varchar(64),
    subject_id uuid,
    instance_id uuid,
    bookmark_id varchar(100),
    outcomes jsonb,
    outcome varchar(64),
    draft jsonb,
    data jsonb,
    state varchar(64),
    completes_action boolean not null,
    claimed_at timestamptz,
    completed_at timestamptz,
    delegated_until timestamptz,
    delegated_by_id uuid,
    constraint tasks_pkey primary key (tenant_id, id),
    constraint tasks_assignee_id_fkey foreign key (tenant_id, assignee_id)
        references users (tenant_id, id) on delete set null (assignee_id),
    constraint tasks_delegated_by_id_fkey foreign key (tenant_id, delegated_by_id)
        references users (tenant_id, id) on delete set null (delegated_by_id)
);
create index tasks_assignee_id_idx on tasks (tenant_id, assignee_id, status, due_at, id);
create index tasks_created_at_idx on tasks (tenant_id, created_at, id);
create index tasks_delegated_by_id_idx on tasks (tenant_id, delegated_by_id, id);
create index tasks_due_at_idx on tasks (tenant_id, due_at, id);
create index tasks_instance_id_idx on tasks (tenant_id, instance_id, id);
create index tasks_priority_idx on tasks (tenant_id, priority, id);
create index tasks_search_idx on tasks using gin (title gin_trgm_ops);
create index tasks_status_idx on tasks (tenant_id, status, due_at, id);
create index tasks_subject_type_idx on tasks (tenant_id, subject_type, subject_id, id);
create index tasks_type_idx on tasks (tenant_id, type, id);

create table files (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    owner_type varchar(64) not null,
    owner_id uuid not null,
    name varchar(255) not null,
    content_type varchar(255) not null,
    size_bytes bigint not null,
    sha256 varchar(64) not null,
    constraint files_pkey primary key (tenant_id, id)
);
create index files_created_at_idx on files (tenant_id, created_at, id);
create index files_owner_type_idx on files (tenant_id, owner_type, owner_id, id);
create index files_search_idx on files using gin (name gin_trgm_ops);

create table import_batches (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    record_type varchar(64) not null,
    file_name varchar(255) not null,
    dry_run boolean not null,
    status varchar(64) not null,
    mapping jsonb,
    created int not null,
    updated int not null,
    skipped int not null,
    failed int not null,
    failed_by_code jsonb,
    operation_id uuid,
    created_by_id uuid,
    undone_at timestamptz,
    constraint import_batches_pkey primary key (tenant_id, id),
    constraint import_batches_created_by_id_fkey foreign key (tenant_id, created_by_id)
        references users (tenant_id, id) on delete set null (created_by_id)
);
create index import_batches_created_at_idx on import_batches (tenant_id, created_at, id);
create index import_batches_created_by_id_idx on import_batches (tenant_id, created_by_id, id);
create index import_batches_operation_id_idx on import_batches (tenant_id, operation_id, id);
create index import_batches_record_type_idx on import_batches (tenant_id, record_type, id);
create index import_batches_search_idx on import_batches using gin (file_name gin_trgm_ops);
create index import_batches_status_idx on import_batches (tenant_id, status, id);

create table notifications (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    user_id uuid not null,
    type varchar(64) not null,
    title varchar(300) not null,
    body text,
    subject_type varchar(64),
    subject_id uuid,
    read_at timestamptz,
    constraint notifications_pkey primary key (tenant_id, id),
    constraint notifications_user_id_fkey foreign key (tenant_id, user_id)
        references users (tenant_id, id) on delete cascade
);
create index notifications_created_at_idx on notifications (tenant_id, created_at, id);
create index notifications_subject_type_idx on notifications (tenant_id, subject_type, subject_id, id);
create index notifications_type_idx on notifications (tenant_id, type, id);
create index notifications_user_id_idx on notifications (tenant_id, user_id, read_at, id);

create table messages (
    tenant_id uuid not null,
    id uuid not null,
    version bigint not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    custom jsonb,
    channel varchar(64) not null,
    recipient varchar(254) not null,
    title varchar(300),
    body text not null,
    status varchar(64) not null,
    problem text,
    template varchar(100),
    template_hash varchar(64),
    subject_type varchar(64),
    subject_id uuid,
    instance_id uuid,
    sent_at timestamptz,
    constraint messages_pkey primary key (tenant_id, id)
);
create index messages_channel_idx on messages (tenant_id, channel, id);
create index messages_created_at_idx on messages (tenant_id, created_at, id);
create index messages_instance_id_idx on messages (tenant_id, instance_id, id);
create index messages_recipient_idx on messages (tenant_id, recipient, id);
create index messages_search_idx on messages using gin (recipient gin_trgm_ops, title gin_trgm_ops);
create index messages_status_idx on messages (tenant_id, status, id);
create index messages_subject_type_idx on messages (tenant_id, subject_type, subject_id, id);
create index messages_template_idx on messages (tenant_id, template, id);

-- A number and the account that answers it name each other, so one of the two is always inserted too early.
alter table phone_numbers add constraint phone_numbers_resource_account_id_fkey foreign key (tenant_id, resource_account_id)
    references resource_accounts (tenant_id, id) on delete set null (resource_account_id) deferrable initially deferred;

-- The content of a file, in parts, apart from its record, so that a list of files reads none of it.
create table file_contents (
    tenant_id uuid not null,
    id uuid not null,
    file_id uuid not null,
    part int not null,
    content bytea not null,
    constraint file_contents_pkey primary key (tenant_id, id),
    constraint file_contents_part_unique unique (tenant_id, file_id, part),
    constraint file_contents_file_id_fkey foreign key (tenant_id, file_id)
        references files (tenant_id, id) on delete cascade
);
-- Compressing what is mostly compressed already costs time and saves nothing.
alter table file_contents alter column content set storage external;

-- Every change of every record: [{field, oldValue, newValue}]. No foreign key: it outlives what it tells of.
create table history (
    tenant_id uuid not null,
    id uuid not null,
    record_type varchar(64) not null,
    record_id uuid not null,
    at timestamptz not null,
    actor_id uuid,
    actor text not null,
    action varchar(64) not null,
    changes jsonb not null,
    instance_id uuid,
    decision_id uuid,
    artefact text,
    batch_id uuid,
    constraint history_pkey primary key (tenant_id, id)
);
create index history_record_idx on history (tenant_id, record_type, record_id, id desc);
create index history_batch_idx on history (tenant_id, batch_id, id) where batch_id is not null;

-- Who did what, whether or not a record changed.
create table audit (
    tenant_id uuid not null,
    id uuid not null,
    at timestamptz not null,
    actor_id uuid,
    actor text not null,
    action varchar(100) not null,
    subject_type varchar(64),
    subject_id uuid,
    detail jsonb,
    trace_id varchar(64),
    constraint audit_pkey primary key (tenant_id, id)
);
create index audit_at_idx on audit (tenant_id, at, id);
create index audit_subject_idx on audit (tenant_id, subject_type, subject_id, at, id);
create index audit_actor_idx on audit (tenant_id, actor_id, at, id);

create table comments (
    tenant_id uuid not null,
    id uuid not null,
    record_type varchar(64) not null,
    record_id uuid not null,
    author_id uuid,
    author text not null,
    body text not null,
    is_internal boolean not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null,
    constraint comments_pkey primary key (tenant_id, id)
);
create index comments_record_idx on comments (tenant_id, record_type, record_id, id);

create table tags (
    tenant_id uuid not null,
    id uuid not null,
    record_type varchar(64) not null,
    record_id uuid not null,
    tag varchar(100) not null,
    created_at timestamptz not null,
    constraint tags_pkey primary key (tenant_id, id),
    constraint tags_tag_unique unique (tenant_id, record_type, record_id, tag)
);
create index tags_tag_idx on tags (tenant_id, record_type, tag, record_id);

-- A tenant's own fields; their values are in the column custom of the record's table.
create table fields (
    tenant_id uuid not null,
    id uuid not null,
    record_type varchar(64) not null,
    name varchar(64) not null,
    label varchar(200) not null,
    kind varchar(64) not null,
    options jsonb,
    required boolean not null,
    indexed boolean not null,
    sort_order int not null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null,
    constraint fields_pkey primary key (tenant_id, id),
    constraint fields_name_unique unique (tenant_id, record_type, name)
);

-- A tenant's own values of enumerated fields, beside the shipped ones.
create table field_choices (
    tenant_id uuid not null,
    id uuid not null,
    record_type varchar(64) not null,
    field varchar(64) not null,
    value varchar(64) not null,
    created_at timestamptz not null,
    constraint field_choices_pkey primary key (tenant_id, id),
    constraint field_choices_value_unique unique (tenant_id, record_type, field, value)
);

-- The first answer to a request that may be sent again, stored with what it changed.
create table idempotency_keys (
    tenant_id uuid not null,
    id uuid not null,
    key varchar(255) not null,
    request_hash bytea not null,
    status int not null,
    headers jsonb,
    body bytea,
    created_at timestamptz not null,
    constraint idempotency_keys_pkey primary key (tenant_id, id),
    constraint idempotency_keys_key_unique unique (tenant_id, key)
);
create index idempotency_keys_created_at_idx on idempotency_keys (created_at); -- forgets the old ones of all tenants

-- Long work. Whoever holds the lease does it; a lease that ran out is up for anyone.
create table operations (
    tenant_id uuid not null,
    id uuid not null,
    kind varchar(64) not null,
    status varchar(64) not null,
    done bigint not null,
    total bigint,
    request jsonb,
    result jsonb,
    problem jsonb,
    cancel_requested boolean not null,
    lease_until timestamptz,
    node text,
    created_by uuid,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null,
    constraint operations_pkey primary key (tenant_id, id),
    constraint operations_status_known check (status in ('queued', 'running', 'succeeded', 'failed', 'cancelled'))
);
create index operations_created_at_idx on operations (tenant_id, created_at, id);
create index operations_unfinished_idx on operations (created_at, id) where status in ('queued', 'running'); -- of all tenants

-- What an operation reads (an uploaded file) and gives back (its errors), in parts.
create table operation_files (
    tenant_id uuid not null,
    id uuid not null,
    operation_id uuid not null,
    name varchar(255) not null,
    content_type varchar(255) not null,
    part int not null,
    content bytea not null,
    created_at timestamptz not null,
    constraint operation_files_pkey primary key (tenant_id, id),
    constraint operation_files_part_unique unique (tenant_id, operation_id, name, part),
    constraint operation_files_operation_id_fkey foreign key (tenant_id, operation_id)
        references operations (tenant_id, id) on delete cascade
);
alter table operation_files alter column content set storage external;

do $$
declare
    name text;
begin
    foreach name in array array[
        'tenants', 'roles', 'users', 'sites', 'migrations', 'migration_assignments', 'end_users', 'phone_numbers', 'port_orders',
        'resource_accounts', 'auto_attendants', 'call_queues', 'call_queue_agents', 'generated_scripts', 'tasks', 'files', 'import_batches', 'notifications', 'messages',
        'file_contents', 'comments', 'tags', 'fields', 'field_choices', 'idempotency_keys', 'operations', 'operation_files'] loop
        perform guard_tenant_table(name);
    end loop;
    foreach name in array array['history', 'audit'] loop
        perform guard_tenant_table(name, append_only => true);
    end loop;
end $$;
