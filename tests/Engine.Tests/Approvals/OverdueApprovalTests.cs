using System.Net.Http.Headers;

using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

using Switchboard.Engine.Tests.Http;
using Switchboard.Engine.Tests.Outbox;
using Switchboard.Host;
using Switchboard.Runtime.Timers;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Approvals;

/// <summary>A node whose clock the test moves on past the day on which a level is due.</summary>
public sealed class OverdueApprovalTests : IAsyncLifetime
{
    private static readonly TimeSpan PastDue = TimeSpan.FromDays(10);

    private readonly SteppedTime clock = new();
    private readonly Dictionary<HttpClient, string> clients = [];
    private Node node = null!;
    private ApprovalOffice office = null!;

    public async Task InitializeAsync()
    {
        node = await Node.StartAsync(
            new Settings { Url = "http://127.0.0.1:0", Db = await TestPostgres.CreateDatabaseAsync("overdue"), AdminEmail = ApiHost.AdminEmail, AdminPassword = ApiHost.Password },
            clock, CancellationToken.None);
        office = new ApprovalOffice(await SignInAsync(ApiHost.AdminEmail), SignInAsync);
    }

    public async Task DisposeAsync()
    {
        foreach (var client in clients.Keys)
            client.Dispose();
        await node.DisposeAsync();
    }

    [Fact]
    public async Task A_level_that_nobody_decides_in_time_may_be_decided_by_others_too()
    {
        var (asker, manager, chief) = (await office.PersonAsync("member"), await office.PersonAsync("manager"), await office.PersonAsync("admin"));
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 10 });
        var first = (await office.TasksAsync(approval)).Single();
        (await ApprovalOffice.RefusedAsync(chief.Client, first, "approve")).Should().Be((403, "not_a_candidate"));

        await PassDueAsync();

        var tasks = await office.TasksAsync(approval);
        tasks.Should().HaveCount(2);
        var escalated = tasks.Single(task => (string)task["id"]! != (string)first["id"]!);
        (((string)escalated["priority"]!), (string)escalated["candidateRoles"]![0]!).Should().Be(("urgent", "admin"));
        var shown = await ApprovalOffice.GetAsync(asker.Client, approval);
        ((string)shown["status"]!).Should().Be("pending");
        shown["levels"]![0]!["overdueAt"].Should().NotBeNull();
        shown["levels"]![0]!["deciders"]!.AsArray().Select(decider => (string)decider!["id"]!).Should().Contain([manager.Id, chief.Id]).And.NotContain(asker.Id);
        await PassDueAsync();
        (await office.TasksAsync(approval)).Should().HaveCount(2, "it is escalated once");
        await ApprovalOffice.DecideAsync(chief.Client, escalated, "approve");
        ((string)(await ApprovalOffice.GetAsync(asker.Client, approval))["status"]!).Should().Be("approved");
        (await office.TasksAsync(approval)).Should().BeEmpty();
    }

    [Fact]
    public async Task Rules_may_let_silence_count_as_agreement()
    {
        await office.PublishRulesAsync("""{levels: [{role: "manager", onDue: "approve", dueInBusinessDays: 2}, "director"], reason: "Silence is agreement."}""");
        var (asker, director) = (await office.PersonAsync("member"), await office.PersonAsync("director"));
        var approval = await ApprovalOffice.RequestAsync(asker.Client, "credit", new { amount = 10 });

        await PassDueAsync();

        var shown = await ApprovalOffice.GetAsync(asker.Client, approval);
        ((string)shown["status"]!, (int)shown["level"]!).Should().Be(("pending", 2));
        var silent = shown["decisions"]!.AsArray().Single()!;
        ((string)silent["outcome"]!, (string?)silent["by"]!["id"]).Should().Be(("approved", null));
        var task = (await office.TasksAsync(approval)).Single();
        await ApprovalOffice.DecideAsync(director.Client, task, "approve");
        ((string)(await ApprovalOffice.GetAsync(asker.Client, approval))["status"]!).Should().Be("approved");
    }

    /// <summary>Fires what is due, whether the pump of the node has been faster or not.</summary>
    private async Task PassDueAsync()
    {
        clock.Advance(PastDue);
        var pump = node.Parts.GetServices<IHostedService>().OfType<TimerPump>().Single();
        while (await pump.FireDueAsync(CancellationToken.None) > 0)
        {
        }
        foreach (var (client, email) in clients)
            await AuthorizeAsync(client, email); // the tokens have run out meanwhile
    }

    private async Task<HttpClient> SignInAsync(string email)
    {
        var client = new HttpClient { BaseAddress = node.Address };
        clients.Add(client, email);
        await AuthorizeAsync(client, email);
        return client;
    }

    private static async Task AuthorizeAsync(HttpClient client, string email)
    {
        var tokens = await client.OkAsync(HttpMethod.Post, "/api/auth/login", new { email, password = ApiHost.Password });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)tokens["accessToken"]!);
    }
}
