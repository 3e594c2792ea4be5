using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Identity;
using Switchboard.Domain.Messages;
using Switchboard.Engine.Tests.Bursts;
using Switchboard.Runtime.Outbox;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Outbox;

public sealed class MessageTests : IAsyncLifetime
{
    private EngineNode node = null!;

    public async Task InitializeAsync() => node = new EngineNode(await TestPostgres.CreateDatabaseAsync("messages"));

    public async Task DisposeAsync() => await node.DisposeAsync();

    [Fact]
    public async Task A_message_to_a_role_notifies_each_of_its_active_users()
    {
        var step = new Step(node.Tenant);
        var (ann, ben) = (AddUser(step, "ann@example.com", "lead"), AddUser(step, "ben@example.com", "member", "lead"));
        AddUser(step, "cleo@example.com", "member");
        AddUser(step, "gone@example.com", "lead").IsActive = false;
        var message = await QueueAsync(step, "role:lead");

        await Pump().SendDueAsync(CancellationToken.None);

        (await node.QueryAsync("select user_id from notifications where title = 'Ready' order by user_id")).Select(row => row[0])
            .Should().BeEquivalentTo([ann.Id, ben.Id]);
        await ShouldBeAsync(message, "sent", rowsLeft: 0);
    }

    [Fact]
    public async Task A_message_to_a_user_notifies_that_user_alone()
    {
        var step = new Step(node.Tenant);
        var ann = AddUser(step, "ann@example.com", "lead");
        AddUser(step, "ben@example.com", "lead");
        await QueueAsync(step, ann.Id.ToString());

        await Pump().SendDueAsync(CancellationToken.None);

        (await node.QueryAsync("select user_id, title, body, read_at from notifications")).Should().ContainSingle()
            .Which.Should().Equal(ann.Id, "Ready", "The numbers are ported.", null);
    }

    [Fact]
    public async Task A_pump_that_dies_after_its_claim_is_followed_by_another_and_the_message_still_arrives_once()
    {
        var step = new Step(node.Tenant);
        var ann = AddUser(step, "ann@example.com", "lead");
        var message = await QueueAsync(step, ann.Id.ToString());
        var clock = new SteppedTime();
        using (var dying = new CancellationTokenSource())
        {
            var deaf = Pump(clock, new DyingWorker(new InAppMessages(node.Database, new RecordReader(node.Database), clock), dying));
            await deaf.SendDueAsync(CancellationToken.None).ContinueWith(_ => { }, TaskScheduler.Default);
        }
        (await node.CountAsync("select count(*) from outbox where claimed_until is not null")).Should().Be(1, "the claim outlives the pump");

        (await Pump(clock).SendDueAsync(CancellationToken.None)).Should().Be(0, "the claim still holds");
        clock.Advance(TimeSpan.FromMinutes(1));
        await Pump(clock).SendDueAsync(CancellationToken.None);
        clock.Advance(TimeSpan.FromMinutes(1));
        await Pump(clock).SendDueAsync(CancellationToken.None);

        (await node.CountAsync("select count(*) from notifications")).Should().Be(1);
        await ShouldBeAsync(message, "sent", rowsLeft: 0);
    }

    [Fact]
    public async Task Two_pumps_that_hold_the_same_row_write_its_effects_once()
    {
        var step = new Step(node.Tenant);
        var ann = AddUser(step, "ann@example.com", "lead");
        await QueueAsync(step, ann.Id.ToString());
        // The second sees a clock by which the first one's claim has run out, as after a long pause of the first.
        var late = new SteppedTime();
        late.Advance(TimeSpan.FromHours(1));

        await Task.WhenAll(Pump().SendDueAsync(CancellationToken.None), Pump(late).SendDueAsync(CancellationToken.None));

        (await node.CountAsync("select count(*) from notifications")).Should().Be(1);
        (await node.CountAsync("select count(*) from outbox")).Should().Be(0);
    }

    [Fact]
    public async Task A_message_that_nobody_can_receive_is_dead_and_failed_with_the_reason()
    {
        var message = await QueueAsync(new Step(node.Tenant), "role:nobody");

        await Pump().SendDueAsync(CancellationToken.None);

        await ShouldBeAsync(message, "failed", rowsLeft: 1);
        var row = (await node.QueryAsync("select state, problem, attempts from outbox"))[0];
        row.Should().Equal("dead", "Nobody receives it: role:nobody is no active user and no role that one has.", 1);
    }

    [Fact]
    public async Task A_failing_attempt_is_repeated_later_and_later_and_the_last_leaves_the_row_dead()
    {
        await QueueAsync(new Step(node.Tenant), "role:lead");
        var clock = new SteppedTime();
        var worker = new FailingWorker();

        await Pump(clock, worker).SendDueAsync(CancellationToken.None);
        (await Pump(clock, worker).SendDueAsync(CancellationToken.None)).Should().Be(0, "the next attempt is not due");
        clock.Advance(TimeSpan.FromMinutes(1.2));
        (await Pump(clock, worker).SendDueAsync(CancellationToken.None)).Should().Be(1);
        (await node.QueryAsync("select state, attempts from outbox"))[0].Should().Equal("pending", 2);
        clock.Advance(TimeSpan.FromHours(1.2));
        await Pump(clock, worker).SendDueAsync(CancellationToken.None);
        clock.Advance(TimeSpan.FromDays(9));
        (await Pump(clock, worker).SendDueAsync(CancellationToken.None)).Should().Be(0, "a dead row is left alone");

        (await node.QueryAsync("select state, attempts, problem from outbox"))[0].Should().Equal("dead", 3, "No answer.");
        worker.GivenUp.Should().Be(1);
    }

    private User AddUser(Step step, string email, params string[] roles)
    {
        var user = new User { Email = email, DisplayName = email, Roles = new JsonArray([.. roles.Select(role => (JsonNode)role)]) };
        users.Add(user);
        user.Id = Guid.CreateVersion7(node.Time.GetUtcNow());
        return user;
    }

    private readonly List<User> users = [];

    private async Task<Guid> QueueAsync(Step step, string recipient)
    {
        var now = FieldText.Microseconds(node.Time.GetUtcNow());
        foreach (var user in users)
            RecordChanges.Create(step, RecordTypes.Of<User>(), user, ChangeContext.Engine("", now));
        var message = new Message { Channel = "in_app", Recipient = recipient, Title = "Ready", Body = "The numbers are ported." };
        RecordChanges.Create(step, RecordTypes.Of<Message>(), message, ChangeContext.Engine("", now));
        step.Insert(
            SystemTables.Outbox, node.Tenant, Guid.CreateVersion7(now), "message", "in_app", new JsonObject { ["messageId"] = message.Id.ToString() }.ToJsonString(),
            message.Id.ToString(), now, null, 0, "pending", null, null, null, now);
        (await node.Committer.CommitAsync(step, CancellationToken.None)).Should().Be(StepOutcome.Committed);
        return message.Id;
    }

    private OutboxPump Pump(TimeProvider? time = null, OutboxWorker? worker = null) => new(
        node.Database, node.Runner, node.Committer, node.Signals,
        [worker ?? new InAppMessages(node.Database, new RecordReader(node.Database), time ?? node.Time)], new OutboxOptions(), time ?? node.Time,
        NullLogger<OutboxPump>.Instance);

    private async Task ShouldBeAsync(Guid message, string status, long rowsLeft)
    {
        (await node.QueryAsync("select status from messages where id = $1", message))[0][0].Should().Be(status);
        (await node.CountAsync("select count(*) from outbox")).Should().Be(rowsLeft);
    }

    /// <summary>Its process ends before anything of the attempt is written.</summary>
    private sealed class DyingWorker(OutboxWorker inner, CancellationTokenSource dying) : OutboxWorker
    {
        public override string Kind => inner.Kind;

        public override IReadOnlyList<TimeSpan> Pauses => inner.Pauses;

        public override TimeSpan Lease => inner.Lease;

        public override async Task<Attempt> SendAsync(OutboxRow row, CancellationToken ct)
        {
            var attempt = await inner.SendAsync(row, ct);
            await dying.CancelAsync();
            return attempt with { Also = (_, _) => throw new OperationCanceledException(dying.Token) };
        }
    }

    private sealed class FailingWorker : OutboxWorker
    {
        public override string Kind => "message";

        public override IReadOnlyList<TimeSpan> Pauses { get; } = [TimeSpan.Zero, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)];

        public int GivenUp { get; private set; }

        public override Task<Attempt> SendAsync(OutboxRow row, CancellationToken ct) => Task.FromResult(new Attempt("No answer."));

        public override ValueTask GiveUpAsync(Step step, OutboxRow row, string problem, DateTimeOffset at, CancellationToken ct)
        {
            GivenUp++;
            return default;
        }
    }
}
