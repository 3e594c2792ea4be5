using FluentAssertions;

using Npgsql;

using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Identity;
using Switchboard.Domain.Work;
using Switchboard.Engine.Tests.Bursts;
using Switchboard.Engine.Tests.Outbox;
using Switchboard.Runtime.Housekeeping;
using Switchboard.Runtime.Work;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Housekeeping;

/// <summary>Each chore takes what is old and nothing else, of all tenants, however small its batches are.</summary>
public sealed class HousekeepingTests : IAsyncLifetime
{
    private const int Old = 7;

    private readonly SteppedTime time = new();
    private readonly HousekeepingOptions options = new() { Batch = 3 };
    private EngineNode node = null!;

    public async Task InitializeAsync() => node = new EngineNode(await TestPostgres.CreateDatabaseAsync("housekeeping"), time);

    public async Task DisposeAsync() => await node.DisposeAsync();

    [Fact]
    public async Task Answers_to_idempotent_requests_are_forgotten_after_their_retention()
    {
        const string insert = """
            insert into idempotency_keys (tenant_id, id, key, request_hash, status, created_at)
            values ($1, $2, $2::text, '\x00', 200, $3)
            """;
        await ShouldForgetAsync(insert, "idempotency_keys", options.IdempotencyKeys, "idempotency_keys");
    }

    [Fact]
    public async Task Ids_of_events_are_forgotten_after_their_retention() =>
        await ShouldForgetAsync(
            "insert into inbox_seen (tenant_id, id, source, event_id, received_at) values ($1, $2, 'test', $2::text, $3)",
            "inbox_seen", options.SeenEvents, "seen_events");

    [Fact]
    public async Task Events_are_forgotten_after_their_retention() =>
        await ShouldForgetAsync(
            "insert into events (tenant_id, id, type, at) values ($1, $2, 'test', $3)", "events", options.Events, "events");

    [Fact]
    public async Task Messages_that_were_given_up_are_forgotten_after_their_retention() =>
        await ShouldForgetAsync("""
            insert into outbox (tenant_id, id, kind, destination, payload, idempotency_key, next_at, attempts, state, created_at)
            values ($1, $2, 'test', 'nobody', '{}', $2::text, $3, 9, 'dead', $3)
            """, "outbox", options.EndedMessages, "ended_messages");

    [Fact]
    public async Task Deliveries_of_webhooks_are_forgotten_after_their_retention_whatever_became_of_them() =>
        await ShouldForgetAsync("""
            with webhook as (
                insert into webhooks (tenant_id, id, version, created_at, updated_at, url, types, enabled)
                values ($1, $2, 1, $3, $3, 'https://receiver.example/', '["*"]', false) returning id)
            insert into webhook_deliveries (tenant_id, id, webhook_id, event_id, type, at, state, tries, attempts, next_at, queued_at, created_at, version)
            select $1, $2, id, $2, 'test', $3, 'pending', 0, 0, $3, $3, $3, 1 from webhook
            """, "webhook_deliveries", options.Deliveries, "webhook_deliveries");

    [Fact]
    public async Task Deletions_are_forgotten_when_nobody_may_undo_them_any_more() =>
        await ShouldForgetAsync(
            "insert into deletions (tenant_id, id, record_type, snapshot, deleted_at, version) values ($1, $2, 'sites', '{}', $3, 1)", "deletions", options.Deletions, "deletions");

    [Fact]
    public async Task A_message_that_is_still_to_be_sent_is_kept_however_old()
    {
        await InsertAsync("""
            insert into outbox (tenant_id, id, kind, destination, payload, idempotency_key, next_at, attempts, state, created_at)
            values ($1, $2, 'test', 'nobody', '{}', $2::text, $3, 0, 'pending', $3)
            """, time.GetUtcNow());
        time.Advance(TimeSpan.FromDays(400));

        (await Chores().DoAsync(CancellationToken.None)).Should().BeEmpty();

        (await node.CountAsync("select count(*) from outbox")).Should().Be(1);
    }

    [Fact]
    public async Task Sessions_that_nobody_can_refresh_any_more_are_forgotten()
    {
        const string insert = """
            with person as (
                insert into users (tenant_id, id, version, created_at, updated_at, email, display_name, is_active)
                values ($1, $2, 1, $3, $3, $2::text, 'Ann', true) returning id)
            insert into sessions (tenant_id, id, user_id, memberships, created_at, refreshed_at, version)
            select $1, $2, id, '[]', $3, $3, 1 from person
            """;
        await ShouldForgetAsync(insert, "sessions", options.Sessions, "sessions");
    }

    [Fact]
    public async Task Files_of_operations_that_ended_are_forgotten_and_those_of_running_ones_are_not()
    {
        const string insert = """
            with operation as (
                insert into operations (tenant_id, id, kind, status, done, cancel_requested, created_at, updated_at, version)
                values ($1, $2, 'test', '{0}', 0, false, $3, $3, 1) returning id)
            insert into operation_files (tenant_id, id, operation_id, name, content_type, part, content, created_at)
            select $1, $2, id, 'rows.csv', 'text/csv', 0, '\x00', $3 from operation
            """;
        await InsertAsync(insert.Replace("{0}", "running", StringComparison.Ordinal), time.GetUtcNow());
        for (var i = 0; i < Old; i++)
            await InsertAsync(insert.Replace("{0}", "succeeded", StringComparison.Ordinal), time.GetUtcNow());
        time.Advance(options.OperationFiles + TimeSpan.FromSeconds(1));
        await InsertAsync(insert.Replace("{0}", "failed", StringComparison.Ordinal), time.GetUtcNow());

        (await Chores().DoAsync(CancellationToken.None)).Should().Equal(new Dictionary<string, int> { ["operation_files"] = Old });

        (await node.CountAsync("select count(*) from operation_files")).Should().Be(2);
        (await node.CountAsync("select count(*) from operations")).Should().Be(Old + 2);
    }

    [Fact]
    public async Task What_a_migration_moved_is_forgotten_after_its_retention_but_not_under_an_undo_that_runs()
    {
        const string insert = """
            with operation as (
                insert into operations (tenant_id, id, kind, status, done, cancel_requested, created_at, updated_at, version)
                values ($1, $2, 'workflow-migration', '{0}', 0, false, $3, $3, 1) returning id),
            undo as (
                insert into operations (tenant_id, id, kind, status, done, request, cancel_requested, created_at, updated_at, version)
                select $1, gen_random_uuid(), 'workflow-migration-undo', '{1}', 0, jsonb_build_object('operationId', $2::text), false, $3, $3, 1)
            insert into instance_migrations (tenant_id, id, operation_id, instance_id, outcome, place_before, place_after, detail, created_at, version)
            select $1, $2, id, $2, 'kept', '', '', '{{}}', $3, 1 from operation
            """;
        string Insert(string status, string undo) => string.Format(System.Globalization.CultureInfo.InvariantCulture, insert, status, undo);
        await InsertAsync(Insert("running", "failed"), time.GetUtcNow());
        await InsertAsync(Insert("succeeded", "running"), time.GetUtcNow());
        for (var i = 0; i < Old; i++)
            await InsertAsync(Insert("succeeded", "succeeded"), time.GetUtcNow());
        time.Advance(options.MovedInstances + TimeSpan.FromSeconds(1));
        await InsertAsync(Insert("cancelled", "failed"), time.GetUtcNow());

        (await Chores().DoAsync(CancellationToken.None)).Should().Equal(new Dictionary<string, int> { ["moved_instances"] = Old });

        (await node.CountAsync("select count(*) from instance_migrations")).Should().Be(3);
    }

    [Fact]
    public async Task A_delegated_task_goes_back_when_its_time_has_come_and_not_before()
    {
        var step = new Step(node.Tenant);
        var (ann, ben) = (Add(step, "ann@example.com"), Add(step, "ben@example.com"));
        var task = new WorkTask
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()),
            TenantId = node.Tenant,
            Title = "Call the carrier",
            Type = "call",
            Status = "claimed",
            AssigneeId = ben,
            DelegatedById = ann,
            DelegatedUntil = FieldText.Microseconds(time.GetUtcNow() + TimeSpan.FromHours(2)),
        };
        RecordChanges.Create(step, RecordTypes.Of<WorkTask>(), task, ChangeContext.Engine("test", time.GetUtcNow()));
        await node.Committer.CommitAsync(step, CancellationToken.None);

        (await Chores().DoAsync(CancellationToken.None)).Should().BeEmpty();
        time.Advance(TimeSpan.FromHours(2) + TimeSpan.FromSeconds(1));
        (await Chores().DoAsync(CancellationToken.None)).Should().Equal(new Dictionary<string, int> { ["delegated_tasks"] = 1 });
        (await Chores().DoAsync(CancellationToken.None)).Should().BeEmpty();

        (await node.QueryAsync("select assignee_id, status, delegated_by_id, delegated_until from tasks")).Should().ContainSingle()
            .Which.Should().Equal(ann, "claimed", null, null);
        (await node.CountAsync("select count(*) from history where record_id = $1 and action = 'return'", task.Id)).Should().Be(1);
    }

    [Theory]
    [InlineData(23, 7)]
    [InlineData(24, 6)]
    public void A_retention_shorter_than_what_clients_are_promised_is_refused(int keysHours, int seenDays)
    {
        var broken = new HousekeepingOptions { IdempotencyKeys = TimeSpan.FromHours(keysHours), SeenEvents = TimeSpan.FromDays(seenDays) };

        broken.Invoking(o => o.Validate()).Should().Throw<ArgumentException>().WithMessage("*promised*");
    }

    private async Task ShouldForgetAsync(string insert, string table, TimeSpan retention, string chore)
    {
        for (var i = 0; i < Old; i++)
            await InsertAsync(insert, time.GetUtcNow());
        (await Chores().DoAsync(CancellationToken.None)).Should().BeEmpty("nothing is old yet");
        time.Advance(retention + TimeSpan.FromSeconds(1));
        await InsertAsync(insert, time.GetUtcNow());

        var done = await Task.WhenAll(Chores().DoAsync(CancellationToken.None), Chores().DoAsync(CancellationToken.None));

        done.Sum(one => one.GetValueOrDefault(chore)).Should().Be(Old, "two nodes at once take each row once");
        (await node.CountAsync($"select count(*) from {table}")).Should().Be(1);
    }

    /// <param name="sql">Takes a tenant, an id and an instant.</param>
    private async Task InsertAsync(string sql, DateTimeOffset at)
    {
        await using var command = node.Database.Engine.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(at) });
        command.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = Guid.CreateVersion7(at) });
        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = at.ToUniversalTime() });
        await command.ExecuteNonQueryAsync();
    }

    private Guid Add(Step step, string email)
    {
        var user = new User { Id = Guid.CreateVersion7(time.GetUtcNow()), TenantId = node.Tenant, Email = email, DisplayName = email };
        RecordChanges.Create(step, RecordTypes.Of<User>(), user, ChangeContext.Engine("test", time.GetUtcNow()));
        return user.Id;
    }

    private Chores Chores()
    {
        var records = new RecordReader(node.Database);
        return new Chores(node.Database, new Tasks(records, node.Committer, node.Runner, new Actions(records, node.Store, node.Runner)), options, time);
    }
}
