using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Tests.Support;

namespace Switchboard.Chaos;

/// <summary>
/// A porting project driven by clients that note every acknowledged answer in a ledger of their own and repeat what was not
/// answered with the same idempotency key. At the end the ledger is held against what the service says.
/// </summary>
internal sealed class PortingProject(HostProcess host, int numbers, int seed)
{
    private static readonly string[] Straight = ["submit_loa", "receive_foc", "schedule", "complete", "verify"];
    private static readonly string[] Detour = ["submit_loa", "reject_loa", "retry", "receive_foc", "schedule", "complete", "verify"];

    private readonly ConcurrentDictionary<Guid, ConcurrentQueue<string>> ledger = new();
    private readonly TaskCompletionSource allDone = new();
    private volatile bool up = true;
    private IReadOnlyList<Guid> ids = [];
    private int done;

    /// <summary>Actions that were acknowledged so far.</summary>
    public int Acknowledged => ledger.Values.Sum(answers => answers.Count);

    public Task Done => allDone.Task;

    public async Task ImportAsync(CancellationToken ct)
    {
        await host.ImportAsync("sites", "name,timezone\nBoston HQ,America/New_York\n", ct);
        await host.ImportAsync("migrations", "name,siteId,routingType,targetCarrier\nBoston to Teams,Boston HQ,direct_routing,verizon\n", ct);
        var csv = new StringBuilder("number,migrationId,type,currentCarrier\n");
        for (var i = 0; i < numbers; i++)
            csv.Append(CultureInfo.InvariantCulture, $"+1617555{i:D4},Boston to Teams,user,Verizon\n");
        var result = await host.ImportAsync("phone-numbers", csv.ToString(), ct);
        ((int)result["created"]!).Should().Be(numbers);
        ids = [.. (await host.AllAsync("/api/phone-numbers", ct)).Select(number => Guid.Parse((string)number["id"]!))];
    }

    /// <summary>Drives every number to verified with so many clients at once; ends when all are done.</summary>
    public Task DriveAsync(int clients, CancellationToken ct)
    {
        var next = -1;
        return Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(
            async () =>
            {
                for (var i = Interlocked.Increment(ref next); i < ids.Count; i = Interlocked.Increment(ref next))
                    await DriveOneAsync(ids[i], i % 10 == 0 ? Detour : Straight, ct);
            },
            ct)));
    }

    public void HostIsDown() => up = false;

    public void HostIsUp() => up = true;

    /// <summary>The ledger against the service: nothing acknowledged is lost, nothing happened twice, nothing is stuck.</summary>
    public async Task CheckAsync(CancellationToken ct)
    {
        var listed = await host.AllAsync("/api/phone-numbers", ct);
        listed.Should().HaveCount(numbers).And.OnlyContain(number => (string)number["status"]! == "verified");
        foreach (var (id, index) in ids.Select((id, index) => (id, index)))
        {
            var path = index % 10 == 0 ? Detour : Straight;
            ledger[id].Should().Equal(path, "the clients were told so of {0}", id);
            var history = await host.GetAsync($"/api/phone-numbers/{id}/history?limit=100", ct);
            var walk = history["items"]!.AsArray().Reverse()
                .SelectMany(entry => entry!["changes"]!.AsArray())
                .Where(change => (string)change!["field"]! == "status" && change["oldValue"] is not null && (string?)change["oldValue"] != "")
                .Select(change => (string)change!["newValue"]!);
            walk.Should().Equal(path.Select(StatusAfter), "each action of {0} must have happened exactly once", id);
        }
        var attempts = listed.Sum(number => (int)number["attempt"]!);
        attempts.Should().Be(numbers + ids.Count(id => ids.ToList().IndexOf(id) % 10 == 0), "each submission counts once");
        (await host.AllAsync("/api/tasks?status=open", ct)).Should().BeEmpty("a task ends with the state that it belongs to");
        foreach (var number in listed.Take(20))
        {
            var instance = await host.GetAsync($"/api/phone-numbers/{(string)number["id"]!}/instance", ct);
            ((string)instance["status"]!).Should().BeEquivalentTo("finished", "no instance may be stuck: {0}", instance.ToJsonString());
        }
    }

    private static string StatusAfter(string action) => action switch
    {
        "submit_loa" or "retry" => "loa_submitted",
        "reject_loa" => "loa_rejected",
        "receive_foc" => "foc_received",
        "schedule" => "port_scheduled",
        "complete" => "ported",
        _ => "verified",
    };

    private static object Body(string action) => action switch
    {
        "reject_loa" => new { reasonCode = "account_number_mismatch" },
        "receive_foc" => new { focDate = "2031-03-03" },
        "schedule" => new { portDate = "2031-03-10" },
        _ => new { },
    };

    private async Task DriveOneAsync(Guid id, string[] path, CancellationToken ct)
    {
        foreach (var action in path)
        {
            var key = $"{seed}-{id}-{action}";
            while (!await TryAsync(id, action, key, ct))
                await Task.Delay(TimeSpan.FromMilliseconds(up ? 20 : 100), TimeProvider.System, ct);
            ledger.GetOrAdd(id, _ => new ConcurrentQueue<string>()).Enqueue(action);
        }
        if (Interlocked.Increment(ref done) == ids.Count)
            allDone.SetResult();
    }

    /// <returns>True when the service acknowledged; false when it could not be asked.</returns>
    private async Task<bool> TryAsync(Guid id, string action, string key, CancellationToken ct)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/phone-numbers/{id}/actions/{action}") { Content = JsonContent.Create(Body(action)) };
            request.Headers.Add("Idempotency-Key", key);
            using var answer = await host.Client.SendAsync(request, ct);
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                var record = await answer.Content.ReadFromJsonAsync<JsonObject>(ct);
                return (string)record!["status"]! == StatusAfter(action)
                    ? true
                    : throw new InvalidOperationException($"{action} of {id} was answered with {record.ToJsonString()}");
            }
            if (answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests)
                return false;
            if (answer.StatusCode == HttpStatusCode.Conflict && (await answer.Content.ReadAsStringAsync(ct)).Contains("in_flight", StringComparison.Ordinal))
                return false;
            throw new InvalidOperationException($"{action} of {id}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(ct)}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return false; // killed, or not up again yet
        }
    }
}
