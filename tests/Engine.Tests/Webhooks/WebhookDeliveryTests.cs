using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Identity;
using Switchboard.Runtime.Webhooks;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Webhooks;

/// <summary>From a committed event to a receiver on loopback, with a real database and a clock that the test moves.</summary>
public sealed class WebhookDeliveryTests : IAsyncLifetime
{
    private readonly HookReceiver receiver = new();
    private WebhookNode node = null!;

    public async Task InitializeAsync() => node = await WebhookNode.StartAsync();

    public async Task DisposeAsync()
    {
        receiver.Dispose();
        await node.DisposeAsync();
    }

    [Fact]
    public void A_signature_is_that_of_the_specifications_example() =>
        WebhookSignature.Of(["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, Encoding.UTF8.GetBytes("{\"test\": 2432232314}"))
            .Should().Be("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

    [Fact]
    public async Task An_event_arrives_signed_with_its_tenant_and_subject()
    {
        var (_, secret) = await node.AddAsync(receiver.Url);
        var id = await node.HappenAsync("sites.updated", new JsonObject { ["version"] = 2, ["fields"] = new JsonArray("name") });

        (await node.DeliverAsync()).Should().Be(1);

        var received = receiver.Heard.Should().ContainSingle().Subject;
        (received.Method, received.Path, received.Headers["content-type"], received.Id).Should().Be(("POST", "/hook", "application/json", id.ToString()));
        WebhookNode.IsSigned(received, secret, node.Time.GetUtcNow()).Should().BeTrue();
        WebhookNode.IsSigned(received with { Body = [.. received.Body, (byte)' '] }, secret, node.Time.GetUtcNow()).Should().BeFalse("it was tampered with");
        WebhookNode.IsSigned(received, WebhookSignature.NewSecret(), node.Time.GetUtcNow()).Should().BeFalse("it is another's secret");
        var json = received.Json;
        json.Select(member => member.Key).Should().Equal("type", "timestamp", "tenantId", "subject", "data");
        ((string)json["type"]!, (string)json["tenantId"]!, (string)json["subject"]!["type"]!, (string)json["subject"]!["id"]!)
            .Should().Be(("sites.updated", node.Node.Tenant.ToString(), "sites", id.ToString()));
        json["data"]!.ToJsonString().Should().Be("""{"version":2,"fields":["name"]}""");
        (await node.StateAsync()).Should().Equal("delivered", 1, 204, null);
        (await node.DeliverAsync()).Should().Be(0);
    }

    [Fact]
    public async Task Only_the_types_that_a_webhook_wants_are_sent_and_only_what_happens_after_it_was_made()
    {
        await node.HappenAsync("sites.created");
        await node.AddAsync(receiver.Url, ["sites.updated", "phone-numbers.*"]);
        await node.HappenAsync("sites.created", "sites.updated", "phone-numbers.created", "phone-numbers", "phone-numbersx.created", "tasks.created");

        await node.DeliverAsync();

        receiver.Heard.Select(received => received.Type).Should().BeEquivalentTo("sites.updated", "phone-numbers.created");
    }

    [Fact]
    public async Task A_webhook_hears_nothing_of_another_tenant()
    {
        var stranger = Guid.CreateVersion7(node.Time.GetUtcNow());
        await node.AddAsync(receiver.Url);
        using var theirs = new HookReceiver();
        await node.AddAsync(theirs.Url, null, stranger);
        await node.HappenAsync("sites.updated", null, stranger);

        await node.DeliverAsync();

        theirs.Heard.Should().ContainSingle().Which.Json["tenantId"]!.GetValue<string>().Should().Be(stranger.ToString());
        receiver.Heard.Should().BeEmpty();
    }

    [Fact]
    public async Task A_failed_attempt_is_repeated_with_the_same_id_and_body_until_it_arrives()
    {
        await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.updated");
        receiver.AnswerWith(500);

        (await node.DeliverAsync()).Should().Be(1);
        (await node.StateAsync()).Should().Equal("pending", 1, 500, "The receiver answered 500.");
        (await node.DeliverAsync()).Should().Be(0, "the next attempt is not due");
        node.Time.Advance(TimeSpan.FromSeconds(6.1));
        receiver.AnswerWith(200);
        (await node.DeliverAsync()).Should().Be(1);

        (await node.StateAsync()).Should().Equal("delivered", 2, 200, null);
        receiver.Heard.Should().HaveCount(2);
        receiver.Heard.Select(received => received.Id).Distinct().Should().ContainSingle();
        receiver.Heard[1].Body.Should().Equal(receiver.Heard[0].Body);
    }

    [Fact]
    public async Task Nine_pauses_follow_the_first_attempt_each_with_up_to_a_fifth_more_and_then_it_is_given_up()
    {
        await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.updated");
        receiver.AnswerWith(500);
        TimeSpan[] schedule =
        [
            TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5), TimeSpan.FromHours(10),
            TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
        ];

        await node.DeliverAsync();
        foreach (var pause in schedule)
        {
            var row = await node.StateAsync("next_at - attempted_at, state");
            ((TimeSpan)row[0]!).Should().BeGreaterThanOrEqualTo(pause).And.BeLessThan(pause * 1.2);
            node.Time.Advance(pause * 1.2);
            (await node.DeliverAsync()).Should().Be(1);
        }

        (await node.StateAsync()).Should().Equal("failed", 10, 500, "The receiver answered 500.");
        node.Time.Advance(TimeSpan.FromDays(9));
        (await node.DeliverAsync()).Should().Be(0);
    }

    [Fact]
    public async Task A_receiver_that_asks_for_a_pause_is_left_alone_with_everything()
    {
        await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.updated");
        receiver.AnswerWith(429, ("Retry-After", "3600"));
        await node.DeliverAsync();
        receiver.AnswerWith(200);
        await node.HappenAsync("sites.created");

        (await node.DeliverAsync()).Should().Be(0);
        node.Time.Advance(TimeSpan.FromMinutes(59));
        (await node.DeliverAsync()).Should().Be(0, "longer than the schedule's pause, because the receiver said so");
        node.Time.Advance(TimeSpan.FromMinutes(1.5));

        (await node.DeliverAsync()).Should().Be(2);
    }

    [Fact]
    public async Task A_receiver_that_is_gone_ends_the_webhook_and_its_administrators_are_told()
    {
        var admin = await AddAdminAsync();
        var (id, _) = await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.updated");
        receiver.AnswerWith(410);

        await node.DeliverAsync();
        await node.HappenAsync("sites.updated");
        node.Time.Advance(TimeSpan.FromDays(1));
        (await node.DeliverAsync()).Should().Be(0);

        receiver.Heard.Should().ContainSingle();
        (await node.StateAsync()).Should().Equal("failed", 1, 410, "The receiver answered 410.");
        (await node.Node.QueryAsync("select enabled, disabled_reason, disabled_at is not null from webhooks")).Single().Should().Equal(false, "gone", true);
        (await node.Node.QueryAsync("select user_id, type, subject_id from notifications")).Single().Should().Equal(admin, "webhook_disabled", id);
        (await node.Node.CountAsync("select count(*) from history where record_id = $1 and action = 'disabled'", id)).Should().Be(1);
        (await node.Node.CountAsync("select count(*) from events where type = 'webhooks.updated'")).Should().Be(1);
    }

    [Fact]
    public async Task Days_of_nothing_but_failures_end_the_webhook_and_one_success_begins_the_count_anew()
    {
        var (id, _) = await node.AddAsync(receiver.Url);
        receiver.AnswerWith(500);
        await FailForAsync(TimeSpan.FromDays(4.5));
        receiver.AnswerWith(200);
        await node.HappenAsync("sites.updated");
        await node.DeliverAsync();
        receiver.AnswerWith(500);
        await FailForAsync(TimeSpan.FromDays(4.5));
        (await node.Node.CountAsync("select count(*) from webhooks where enabled")).Should().Be(1);

        await FailForAsync(TimeSpan.FromDays(1));

        (await node.Node.QueryAsync("select enabled, disabled_reason from webhooks where id = $1", id)).Single().Should().Equal(false, "failing");
        receiver.AnswerWith(200);
        var before = receiver.Heard.Count;
        await node.HappenAsync("sites.created");
        await node.DeliverAsync();
        receiver.Heard.Should().HaveCount(before, "nothing is sent to a webhook that is off");
    }

    [Fact]
    public async Task What_waits_when_a_webhook_is_switched_off_goes_on_when_it_is_on_again_and_what_happened_meanwhile_does_not()
    {
        var (id, _) = await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.created");
        await node.TakeUpAsync();
        await node.SwitchAsync(id, enabled: false);
        await node.HappenAsync("sites.updated");
        (await node.DeliverAsync()).Should().Be(0);

        await node.SwitchAsync(id, enabled: true);
        await node.HappenAsync("sites.deleted");
        await node.DeliverAsync();

        receiver.Heard.Select(received => received.Type).Should().BeEquivalentTo("sites.created", "webhooks.updated", "sites.deleted");
    }

    [Fact]
    public async Task A_slow_receiver_holds_up_itself_alone()
    {
        using var slow = new HookReceiver();
        var release = new TaskCompletionSource();
        slow.Answer = async _ =>
        {
            await release.Task;
            return (200, null);
        };
        await node.AddAsync(slow.Url);
        await node.AddAsync(receiver.Url, ["sites.created"]);
        for (var i = 0; i < 20; i++)
            await node.HappenAsync("sites.updated");
        await node.TakeUpAsync();
        var pump = node.Pump(new WebhookOptions { Networks = node.Options.Networks, AtOnce = 8, PerWebhook = 4, Poll = TimeSpan.FromMilliseconds(20) });
        await pump.StartAsync(CancellationToken.None);
        await slow.WaitForAsync(4);

        await node.HappenAsync("sites.created");
        await node.TakeUpAsync();
        await receiver.WaitForAsync(1);

        slow.Heard.Should().HaveCount(4, "it has so many places and no more");
        release.SetResult();
        await slow.WaitForAsync(21);
        await pump.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Who_does_not_answer_in_time_is_tried_again()
    {
        await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.updated");
        var never = new TaskCompletionSource<(int, (string, string)?)>();
        receiver.Answer = _ => never.Task;

        await node.TakeUpAsync();
        await node.Pump(new WebhookOptions { Networks = node.Options.Networks, Timeout = TimeSpan.FromMilliseconds(300) }).SendDueAsync(CancellationToken.None);

        (await node.StateAsync()).Should().Equal("pending", 1, null, "There was no answer within 0.3 s.");
        never.SetResult((200, null));
    }

    [Fact]
    public async Task A_redirect_is_a_failure_and_is_not_followed()
    {
        using var target = new HookReceiver();
        await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.updated");
        receiver.AnswerWith(307, ("Location", target.Url));

        await node.DeliverAsync();

        target.Heard.Should().BeEmpty();
        (await node.StateAsync()).Should().Equal("pending", 1, 307, "The receiver answered 307; redirects are not followed.");
    }

    [Theory]
    [InlineData("http://127.0.0.1:{port}/")]
    [InlineData("https://127.0.0.1:{port}/")]
    [InlineData("https://localhost:{port}/")]
    [InlineData("http://localhost:{port}/")]
    [InlineData("https://[::ffff:127.0.0.1]:{port}/")]
    [InlineData("https://[::127.0.0.1]:{port}/")]
    [InlineData("https://0x7f.1:{port}/")]
    [InlineData("https://2130706433:{port}/")]
    [InlineData("https://169.254.169.254/latest/meta-data/")]
    public async Task The_network_that_the_service_stands_in_is_not_reached(string url)
    {
        await node.AddAsync(url.Replace("{port}", receiver.Port.ToString(), StringComparison.Ordinal));
        await node.HappenAsync("sites.updated");
        await node.TakeUpAsync();

        await node.Pump(new WebhookOptions()).SendDueAsync(CancellationToken.None);

        receiver.Heard.Should().BeEmpty();
        var row = await node.StateAsync();
        row[..3].Should().Equal("pending", 1, null);
        row[3].Should().BeOfType<string>().Which.Should().MatchRegex("no others are reached|goes to no address");
    }

    [Fact]
    public async Task Plain_http_reaches_no_public_address()
    {
        await node.AddAsync("http://8.8.8.8/");
        await node.HappenAsync("sites.updated");

        await node.DeliverAsync();

        (await node.StateAsync()).Should().Equal("pending", 1, null, "Plain http goes to no address but those of SWITCHBOARD_WEBHOOK_NETWORKS.");
    }

    [Fact]
    public async Task An_event_that_is_too_large_goes_without_its_data_and_says_so()
    {
        var (_, secret) = await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.updated", new JsonObject { ["much"] = new string('x', 30_000) });

        await node.DeliverAsync();

        var received = receiver.Heard.Should().ContainSingle().Subject;
        received.Body.Length.Should().BeLessThan(1_000);
        received.Json["data"].Should().BeNull();
        ((bool)received.Json["dataOmitted"]!).Should().BeTrue();
        WebhookNode.IsSigned(received, secret, node.Time.GetUtcNow()).Should().BeTrue();
    }

    [Fact]
    public async Task Nodes_side_by_side_take_up_and_send_each_event_once()
    {
        await node.AddAsync(receiver.Url);
        var happened = new List<Guid>();
        for (var i = 0; i < 100; i++)
            happened.Add(await node.HappenAsync("sites.updated", null));
        var small = new WebhookOptions { Networks = node.Options.Networks, Page = 7, PerWebhook = 8 };

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => node.FanOut(small).TakeUpAsync(CancellationToken.None)));
        await node.TakeUpAsync(); // whoever found its neighbour at work has left the rest
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => node.Pump(small).SendDueAsync(CancellationToken.None)));
        await node.Pump(small).SendDueAsync(CancellationToken.None);

        receiver.Heard.Select(received => received.Id).Should().BeEquivalentTo(happened.Select(id => id.ToString()));
    }

    [Fact]
    public async Task An_event_whose_transaction_ends_late_is_not_passed_by()
    {
        await node.AddAsync(receiver.Url);
        await using var connection = await node.Node.Database.Engine.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var insert = new NpgsqlCommand("insert into events (tenant_id, id, type, at) values ($1, gen_random_uuid(), 'sites.late', now())", connection, transaction)
            {
                Parameters = { new NpgsqlParameter<Guid> { TypedValue = node.Node.Tenant } },
            };
            await insert.ExecuteNonQueryAsync();
            await node.HappenAsync("sites.updated");
            (await node.FanOut().TakeUpAsync(CancellationToken.None)).Should().Be(0, "an older transaction is still under way");
            await transaction.CommitAsync();
        }

        await node.DeliverAsync();

        receiver.Heard.Select(received => received.Type).Should().BeEquivalentTo("sites.late", "sites.updated");
    }

    [Fact]
    public async Task A_node_that_dies_while_it_sends_is_followed_by_another_which_sends_the_same_id_again()
    {
        await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.updated");
        await node.TakeUpAsync();
        var arrived = new TaskCompletionSource<(int, (string, string)?)>();
        receiver.Answer = _ => arrived.Task;
        var dying = node.Pump().SendDueAsync(CancellationToken.None);
        await receiver.WaitForAsync(1);

        (await node.Pump().SendDueAsync(CancellationToken.None)).Should().Be(0, "the claim holds");
        node.Time.Advance(node.Options.Lease + TimeSpan.FromSeconds(1));
        var following = node.Pump().SendDueAsync(CancellationToken.None);
        await receiver.WaitForAsync(2);
        arrived.SetResult((200, null));
        await Task.WhenAll(dying, following);

        receiver.Heard.Should().HaveCount(2);
        receiver.Heard[1].Id.Should().Be(receiver.Heard[0].Id);
        (await node.StateAsync("state, attempts, version")).Should().Equal("delivered", 1, 4L); // two claims and one end: the other end was refused
    }

    [Fact]
    public async Task While_a_secret_is_replaced_both_sign_and_after_the_grace_the_new_one_alone()
    {
        var (id, old) = await node.AddAsync(receiver.Url);
        var (fresh, until) = await RotateAsync(id, null);
        await node.HappenAsync("sites.updated");
        await node.DeliverAsync();
        node.Time.Advance(node.Options.Grace + TimeSpan.FromSeconds(1));
        await node.HappenAsync("sites.updated");
        await node.DeliverAsync();

        until.Should().NotBeNull();
        var (during, after) = (receiver.Heard[0], receiver.Heard[1]);
        (WebhookNode.IsSigned(during, old, node.Time.GetUtcNow() - node.Options.Grace), WebhookNode.IsSigned(during, fresh, node.Time.GetUtcNow() - node.Options.Grace)).Should().Be((true, true));
        during.Headers["webhook-signature"].Split(' ').Should().HaveCount(2);
        (WebhookNode.IsSigned(after, old, node.Time.GetUtcNow()), WebhookNode.IsSigned(after, fresh, node.Time.GetUtcNow())).Should().Be((false, true));
    }

    [Fact]
    public async Task A_secret_that_has_leaked_ends_at_once()
    {
        var (id, old) = await node.AddAsync(receiver.Url);
        var (fresh, until) = await RotateAsync(id, TimeSpan.Zero);
        await node.HappenAsync("sites.updated");

        await node.DeliverAsync();

        until.Should().BeNull();
        (WebhookNode.IsSigned(receiver.Heard[0], old, node.Time.GetUtcNow()), WebhookNode.IsSigned(receiver.Heard[0], fresh, node.Time.GetUtcNow())).Should().Be((false, true));
    }

    [Fact]
    public async Task A_secret_is_sealed_in_the_database_for_its_own_webhook()
    {
        var (id, secret) = await node.AddAsync(receiver.Url);
        var (other, _) = await node.AddAsync(receiver.Url);

        var stored = (byte[])(await node.Node.QueryAsync("select secret from webhook_endpoints where id = $1", id)).Single()[0]!;

        Encoding.Latin1.GetString(stored).Should().NotContain(secret["whsec_".Length..]);
        var steal = () => node.Secrets.OpenAll(node.Node.Tenant, other, stored, null, null, node.Time.GetUtcNow());
        steal.Should().Throw<System.Security.Cryptography.CryptographicException>();
        var look = () => node.Node.Database.ReadAsync(node.Node.Tenant, new NpgsqlBatchCommand("select 1 from webhook_endpoints"), (_, _) => Task.FromResult(0), CancellationToken.None);
        (await look.Should().ThrowAsync<PostgresException>()).Which.SqlState.Should().Be(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task What_was_given_up_can_be_sent_again_by_the_time_at_which_it_happened()
    {
        var (id, _) = await node.AddAsync(receiver.Url);
        receiver.AnswerWith(500);
        await node.HappenAsync("sites.created");
        node.Time.Advance(TimeSpan.FromHours(1));
        var noon = node.Time.GetUtcNow();
        await node.HappenAsync("sites.updated", "sites.deleted");
        await node.DeliverAsync();
        await node.Node.QueryAsync("""
            update webhook_deliveries set next_at = next_at + interval '1 day', tries = 10, state = case type when 'sites.deleted' then state else 'failed' end returning 1
            """);
        receiver.AnswerWith(200);

        var (count, isMore) = await node.Deliveries().RedeliverFailedAsync(
            node.Node.Tenant, id, noon - TimeSpan.FromSeconds(1), null, ChangeContext.Engine("", node.Time.GetUtcNow()), null, CancellationToken.None);
        var before = receiver.Heard.Count;
        await node.DeliverAsync();

        (count, isMore).Should().Be((1, false));
        receiver.Heard.Skip(before).Select(received => received.Type).Should().Equal("sites.updated");
        (await node.Node.QueryAsync("select type, state from webhook_deliveries order by type")).Select(row => $"{row[0]} {row[1]}")
            .Should().Equal("sites.created failed", "sites.deleted pending", "sites.updated delivered");
    }

    [Fact]
    public async Task A_deleted_webhook_takes_its_deliveries_with_it_also_while_one_is_sent()
    {
        var (id, _) = await node.AddAsync(receiver.Url);
        await node.HappenAsync("sites.updated", "sites.updated");
        await node.TakeUpAsync();
        var answer = new TaskCompletionSource<(int, (string, string)?)>();
        receiver.Answer = _ => answer.Task;
        var sending = node.Pump().SendDueAsync(CancellationToken.None);
        await receiver.WaitForAsync(2);

        await node.Node.QueryAsync("delete from webhooks where id = $1", id);
        answer.SetResult((500, null));
        await sending;

        (await node.Node.CountAsync("select (select count(*) from webhook_deliveries) + (select count(*) from webhook_endpoints)")).Should().Be(0);
    }

    private async Task FailForAsync(TimeSpan span)
    {
        for (var passed = TimeSpan.Zero; passed < span; passed += TimeSpan.FromHours(6))
        {
            await node.HappenAsync("sites.updated");
            await node.DeliverAsync();
            node.Time.Advance(TimeSpan.FromHours(6));
        }
    }

    private Task<(string Secret, DateTimeOffset? PreviousUntil)> RotateAsync(Guid id, TimeSpan? grace) =>
        node.Secrets.RotateAsync(node.Node.Tenant, id, grace, ChangeContext.Engine("", node.Time.GetUtcNow()), null, CancellationToken.None);

    private async Task<Guid> AddAdminAsync()
    {
        var step = new Step(node.Node.Tenant);
        var admin = new User { Email = "ann@example.com", DisplayName = "Ann", Roles = new JsonArray(NewTenant.AdminRole) };
        RecordChanges.Create(step, RecordTypes.Of<User>(), admin, ChangeContext.Engine("", node.Time.GetUtcNow()));
        await node.Node.Committer.CommitAsync(step, CancellationToken.None);
        return admin.Id;
    }
}
