using System.Collections.Concurrent;

using FluentAssertions;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Chaos;

/// <summary><c>kill -9</c> of the host while it tells a receiver that fails now and then: everything arrives, what arrives twice has the same id.</summary>
public sealed class WebhookKillTests
{
    private const int Sites = 60;

    [Fact]
    public async Task Every_committed_event_arrives_at_its_webhook_although_the_host_is_killed()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var ct = patience.Token;
        using var receiver = new HookReceiver();
        var (taken, asked) = (new ConcurrentDictionary<string, string>(), 0);
        receiver.Answer = async received =>
        {
            await Task.Delay(TimeSpan.FromMilliseconds(30), TimeProvider.System, ct); // so that each kill finds attempts under way
            if (Interlocked.Increment(ref asked) % 10 < 3)
                return (500, null);
            taken[(string)received.Json["subject"]!["id"]!] = received.Id;
            return (200, null);
        };
        (string, string)[] settings =
            [("SWITCHBOARD_WEBHOOK_NETWORKS", "127.0.0.0/8"), ("SWITCHBOARD_WEBHOOK_PAUSES", "1s,1s,2s,2s,4s,4s,8s,8s,8s")];
        await using var host = new HostProcess();
        await host.StartAsync(ct, settings);
        await host.SignInAsync(ct);
        await host.PostAsync("/api/webhooks", new { url = receiver.Url, types = new[] { "sites.created" } }, ct);

        var made = new List<string>();
        for (var i = 0; i < Sites; i++)
        {
            made.Add((string)(await host.PostAsync("/api/sites", new { name = $"Site {i}", timezone = "Etc/UTC" }, ct))["id"]!);
            if (i % 25 != 24)
                continue;
            await host.KillAsync();
            await host.StartAsync(ct, settings);
        }
        var heard = await receiver.WaitAsync(
            _ => made.TrueForAll(taken.ContainsKey), "an event of every site that was taken", TimeSpan.FromMinutes(2));

        heard.Select(one => (string)one.Json["subject"]!["id"]!).Distinct().Should().BeEquivalentTo(made);
        heard.GroupBy(one => (string)one.Json["subject"]!["id"]!).Should().OnlyContain(site => site.Select(one => one.Id).Distinct().Count() == 1);
    }
}
