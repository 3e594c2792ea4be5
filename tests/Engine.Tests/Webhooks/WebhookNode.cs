using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Logging.Abstractions;

using Switchboard.Data;
using Switchboard.Data.Commit;
using Switchboard.Data.Records;
using Switchboard.Domain;
using Switchboard.Domain.Webhooks;
using Switchboard.Engine.Tests.Bursts;
using Switchboard.Engine.Tests.Outbox;
using Switchboard.Runtime.Webhooks;
using Switchboard.Tests.Support;

namespace Switchboard.Engine.Tests.Webhooks;

/// <summary>What one node has for webhooks, on a clock that the test moves; several pumps of it are several nodes.</summary>
internal sealed class WebhookNode : IAsyncDisposable
{
    private static readonly RecordType Type = RecordTypes.Of<Webhook>();

    private readonly IDataProtectionProvider protection = new EphemeralDataProtectionProvider();
    private readonly List<IDisposable> parts = [];

    private WebhookNode(string owner) => Node = new EngineNode(owner, Time);

    public SteppedTime Time { get; } = new();

    public EngineNode Node { get; }

    public WebhookOptions Options { get; } = new() { Networks = [IPNetwork.Parse("127.0.0.0/8")], Timeout = TimeSpan.FromSeconds(10) };

    public WebhookSecrets Secrets => new(Node.Database, Node.Committer, protection, Options);

    public static async Task<WebhookNode> StartAsync() => new(await TestPostgres.CreateDatabaseAsync("webhooks"));

    public WebhookPump Pump(WebhookOptions? options = null, TimeProvider? time = null)
    {
        var (chosen, clock) = (options ?? Options, time ?? Time);
        var sender = new WebhookSender(chosen, Secrets, clock);
        var pump = new WebhookPump(
            Node.Database, Node.Committer, Node.Signals, sender, new WebhookHealth(Node.Database, new RecordReader(Node.Database), Node.Committer), chosen, clock,
            NullLogger<WebhookPump>.Instance);
        parts.AddRange([pump, sender]);
        return pump;
    }

    public WebhookFanOut FanOut(WebhookOptions? options = null)
    {
        var fanOut = new WebhookFanOut(Node.Database, Pump(options), Node.Signals, options ?? Options, Time, NullLogger<WebhookFanOut>.Instance);
        parts.Add(fanOut);
        return fanOut;
    }

    public WebhookDeliveries Deliveries() => new(Node.Database, new RecordReader(Node.Database), Node.Committer, Pump());

    /// <summary>
    /// Takes up all that has been committed. The stream waits for older transactions of the whole server, also for those of
    /// other tests' databases.
    /// </summary>
    public async Task TakeUpAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        do
            await FanOut().TakeUpAsync(patience.Token);
        while (await Node.CountAsync("""
            select count(*) from webhook_endpoints e where exists (
                select from events v where v.tenant_id = e.tenant_id and (v.tx, v.seq) > (e.cursor_tx, e.cursor_seq))
            """) > 0);
    }

    /// <summary>Takes up what has been committed and attempts what is due.</summary>
    /// <returns>How many attempts were made.</returns>
    public async Task<int> DeliverAsync()
    {
        await TakeUpAsync();
        return await Pump().SendDueAsync(CancellationToken.None);
    }

    public async Task<(Guid Id, string Secret)> AddAsync(string url, string[]? types = null, Guid? tenant = null)
    {
        var step = new Step(tenant ?? Node.Tenant);
        var webhook = new Webhook { Url = url };
        if (types is not null)
            webhook.Types = new JsonArray([.. types.Select(type => (JsonNode)type)]);
        RecordChanges.Create(step, Type, webhook, ChangeContext.Engine("", Time.GetUtcNow()));
        Secrets.Create(step, webhook);
        (await Node.Committer.CommitAsync(step, CancellationToken.None)).Should().Be(StepOutcome.Committed);
        return (webhook.Id, Secrets.MadeIn(step, webhook.Id));
    }

    /// <summary>Commits an event of each type, each in a transaction of its own.</summary>
    public async Task HappenAsync(params string[] types)
    {
        foreach (var type in types)
            await HappenAsync(type, new JsonObject { ["version"] = 1 });
    }

    public async Task<Guid> HappenAsync(string type, JsonObject? data, Guid? tenant = null)
    {
        var (id, now) = (Guid.CreateVersion7(Time.GetUtcNow()), FieldText.Microseconds(Time.GetUtcNow()));
        var step = new Step(tenant ?? Node.Tenant);
        step.Insert(SystemTables.Events, step.TenantId, id, type, "sites", id, data?.ToJsonString(), now);
        await Node.Committer.CommitAsync(step, CancellationToken.None);
        return id;
    }

    public async Task SwitchAsync(Guid webhook, bool enabled)
    {
        var before = (Webhook)(await new RecordReader(Node.Database).GetAsync(Node.Tenant, Type, webhook, CancellationToken.None))!;
        var after = (Webhook)RecordChanges.Copy(Type, before);
        after.Enabled = enabled;
        var step = new Step(Node.Tenant);
        RecordChanges.Update(step, Type, before, after, ChangeContext.Engine("", Time.GetUtcNow()));
        await Node.Committer.CommitAsync(step, CancellationToken.None);
    }

    public async Task<object?[]> StateAsync(string columns = "state, attempts, response_status, problem") =>
        (await Node.QueryAsync($"select {columns} from webhook_deliveries")).Should().ContainSingle().Which;

    public async ValueTask DisposeAsync()
    {
        foreach (var part in parts)
            part.Dispose();
        await Node.DisposeAsync();
    }

    /// <summary>Standard Webhooks 1.0, as a receiver would check it, from the specification and not from our code.</summary>
    public static bool IsSigned(Received received, string secret, DateTimeOffset now)
    {
        var timestamp = received.Headers["webhook-timestamp"];
        var age = now.ToUnixTimeSeconds() - long.Parse(timestamp);
        using var mac = new HMACSHA256(Convert.FromBase64String(secret["whsec_".Length..]));
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{received.Headers["webhook-id"]}.{timestamp}."), .. received.Body];
        var expected = "v1," + Convert.ToBase64String(mac.ComputeHash(signed));
        return Math.Abs(age) <= 300 && received.Headers["webhook-signature"].Split(' ').Contains(expected);
    }
}
