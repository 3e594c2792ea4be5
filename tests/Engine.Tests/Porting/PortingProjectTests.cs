using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Runtime.Artefacts;
using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Porting;

/// <summary>
/// The main job as its users do it, over HTTP against the service as a process: from a carrier's CSV to <c>verified</c>.
/// </summary>
public sealed class PortingProjectTests : IAsyncLifetime
{
    private readonly CancellationTokenSource patience = new(TimeSpan.FromMinutes(4));
    private readonly HostProcess host = new();

    private CancellationToken Patience => patience.Token;

    public async Task InitializeAsync()
    {
        await host.StartAsync(Patience);
        await host.SignInAsync(Patience);
        await host.ImportAsync("sites", "name,timezone,city\nBoston HQ,America/New_York,Boston\n", Patience);
        await host.ImportAsync("migrations", "name,siteId,routingType,targetCarrier,targetDate\nBoston to Teams,Boston HQ,direct_routing,verizon,2031-02-15\n", Patience);
        await host.ImportAsync("end-users", "upn,displayName,migrationId\nada@contoso.example,Ada O'Brien,Boston to Teams\nben@contoso.example,Ben Chen,Boston to Teams\n", Patience);
    }

    public async Task DisposeAsync()
    {
        await host.DisposeAsync();
        patience.Dispose();
    }

    [Fact]
    public async Task A_number_goes_from_csv_to_verified_and_tells_its_story()
    {
        await ImportNumbersAsync("(617) 555-2001,Boston to Teams,user,ada@contoso.example,Verizon");
        var number = (await host.AllAsync("/api/phone-numbers", Patience)).Single();
        var id = (string)number["id"]!;
        ((string)number["number"]!).Should().Be("+16175552001");
        ((string)number["status"]!).Should().Be("not_started");

        var submitted = await ActAsync(id, "submit_loa");
        ((int)submitted["attempt"]!).Should().Be(1);
        submitted["loaSubmittedAt"].Should().NotBeNull();
        (await ActAsync(id, "receive_foc", new { focDate = "2031-03-03" }))["focDate"]!.ToString().Should().Be("2031-03-03");
        (await ActAsync(id, "schedule", new { portDate = "2031-03-10" }))["portDate"]!.ToString().Should().Be("2031-03-10");
        (await ActAsync(id, "complete"))["portedAt"].Should().NotBeNull();
        var verified = await ActAsync(id, "verify");
        ((string)verified["status"]!).Should().Be("verified");
        verified["verifiedAt"].Should().NotBeNull();

        var files = await host.GetAsync($"/api/phone-numbers/{id}/files", Patience);
        var loa = files["items"]!.AsArray().Should().ContainSingle("the LOA was generated once").Which!;
        ((string)loa["name"]!).Should().StartWith("LOA +16175552001");
        var migration = (await host.AllAsync("/api/migrations", Patience)).Single();
        ((int)migration["portedNumbers"]!).Should().Be(1);
        var summary = await host.GetAsync($"/api/migrations/{migration["id"]}/porting-summary", Patience);
        summary["byStatus"]!.AsObject().Should().HaveCount(8);
        ((int)summary["byStatus"]!["verified"]!).Should().Be(1);
        var dashboard = await host.Client.GetFromJsonAsync<JsonNode>("/api/migrations/dashboard", Patience);
        var row = (dashboard is JsonArray rows ? rows : dashboard!["items"]!.AsArray()).Single()!;
        ((string)row["site"]!).Should().Be("Boston HQ");
        ((int)row["totalNumbers"]!).Should().Be(1);
    }

    [Fact]
    public async Task The_timeline_of_a_migration_has_its_days_its_orders_and_when_it_will_be_over()
    {
        await ImportNumbersAsync(
            "(617) 555-2001,Boston to Teams,user,,Verizon", "(617) 555-2002,Boston to Teams,fax,,Verizon", "(617) 555-2003,Boston to Teams,fax,,Verizon");
        var migration = (string)(await host.AllAsync("/api/migrations", Patience)).Single()["id"]!;
        var numbers = (await host.AllAsync("/api/phone-numbers?sort=number", Patience)).Select(number => (string)number["id"]!).ToList();
        var begin = await TimelineAsync();
        ((string)begin["forecast"]!["by"]!, (int)begin["forecast"]!["left"]!, begin["forecast"]!["end"]).Should().Be(("unknown", 3, (JsonNode?)null));

        foreach (var id in numbers)
        {
            await ActAsync(id, "submit_loa");
            await ActAsync(id, "receive_foc", new { focDate = "2031-03-03" });
        }
        await ActAsync(numbers[0], "schedule", new { portDate = "2031-03-10" });
        await ActAsync(numbers[1], "schedule", new { portDate = "2031-03-10" });
        await ActAsync(numbers[0], "complete");
        await ActAsync(numbers[0], "verify");
        await host.PostAsync("/api/port-orders", new { reference = "PO-1", migrationId = migration, requestedDate = "2031-03-05" }, Patience);

        var timeline = await TimelineAsync();
        var today = (string)timeline["today"]!;
        timeline["days"]!.AsArray().Select(day => ((string)day!["date"]!, (int)day["foc"]!, (int)day["ports"]!, (int)day["verified"]!))
            .Should().Equal((today, 0, 0, 1), ("2031-03-03", 3, 0, 0), ("2031-03-10", 0, 2, 0));
        timeline["orders"]!.AsArray().Should().ContainSingle().Which!["requestedDate"]!.ToString().Should().Be("2031-03-05");
        var forecast = timeline["forecast"]!;
        ((int)forecast["left"]!, (int)forecast["verified"]!, (int)forecast["overDays"]!).Should().Be((2, 1, 1));
        ((string)forecast["end"]!, (string)forecast["by"]!).Should().Be(("2031-03-10", "port_date"), "one a day would end sooner, but one is to be ported then");

        using var unknown = await host.Client.GetAsync($"/api/migrations/{numbers[0]}/timeline", Patience);
        ((int)unknown.StatusCode).Should().Be(404);

        Task<JsonObject> TimelineAsync() => host.GetAsync($"/api/migrations/{migration}/timeline", Patience);
    }

    [Fact]
    public async Task A_rejection_gives_the_lead_a_task_with_the_remedy_and_the_task_is_the_action()
    {
        await ImportNumbersAsync("(617) 555-2001,Boston to Teams,user,,Verizon", "(617) 555-2002,Boston to Teams,fax,,Verizon");
        foreach (var number in await host.AllAsync("/api/phone-numbers", Patience))
        {
            await ActAsync((string)number["id"]!, "submit_loa");
            await ActAsync((string)number["id"]!, "reject_loa", new { reasonCode = "account_number_mismatch" });
        }

        var tasks = await host.AllAsync("/api/tasks?status=open", Patience);

        tasks.Should().HaveCount(2);
        var task = tasks[0];
        ((string)task["description"]!).Should().Contain("account number").And.Contain("Verizon");
        task["outcomes"]!.AsArray().Select(outcome => (string)outcome!).Should().Equal("retry", "give_up");
        task["dueAt"].Should().NotBeNull();
        await host.PostAsync($"/api/tasks/{task["id"]}/claim", new { }, Patience);
        using var again = await host.Client.PostAsJsonAsync($"/api/tasks/{task["id"]}/complete", new { outcome = "shrug" }, Patience);
        again.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity, "an outcome that the task does not offer is refused");
        var completed = await host.PostAsync($"/api/tasks/{task["id"]}/complete", new { outcome = "retry", data = new { } }, Patience);
        ((string)completed["status"]!).Should().Be("done");
        var retried = await host.GetAsync($"/api/phone-numbers/{task["subject"]!["id"]}", Patience);
        ((string)retried["status"]!).Should().Be("loa_submitted");
        ((int)retried["attempt"]!).Should().Be(2);

        // The other number is driven past its task: nobody may be left with a task that no longer matters.
        await ActAsync((string)tasks[1]["subject"]!["id"]!, "give_up");
        var left = await host.GetAsync($"/api/tasks/{tasks[1]["id"]}", Patience);
        ((string)left["status"]!).Should().Be("cancelled");
    }

    [Fact]
    public async Task Each_reason_of_a_rejection_makes_a_task_with_the_remedy_that_counts_and_says_who_decided()
    {
        var reasons = new Dictionary<string, (string Remedy, string Priority)>
        {
            ["account_number_mismatch"] = ("correct the account number", "high"),
            ["billing_telephone_number_mismatch"] = ("does not belong to this account", "high"),
            ["address_mismatch"] = ("letter by letter", "high"),
            ["unauthorized_signer"] = ("have that person sign", "high"),
            ["number_not_active"] = ("test call", "high"),
            ["pending_order"] = ("finish or cancel it", "medium"),
            ["pin_mismatch"] = ("transfer PIN", "high"),
            ["sunspots"] = ("porting desk", "high"),
        };
        await ImportNumbersAsync([.. reasons.Keys.Select((_, i) => $"(617) 555-20{i:00},Boston to Teams,user,,Verizon")]);
        foreach (var (number, reason) in (await host.AllAsync("/api/phone-numbers?sort=number", Patience)).Zip(reasons.Keys))
        {
            await ActAsync((string)number["id"]!, "submit_loa");
            await ActAsync((string)number["id"]!, "reject_loa", new { reasonCode = reason });
        }

        var tasks = await host.AllAsync("/api/tasks?status=open", Patience);

        tasks.Should().HaveCount(reasons.Count);
        foreach (var (reason, (remedy, priority)) in reasons)
        {
            var task = tasks.Should().ContainSingle(one => ((string)one["title"]!).EndsWith(": " + reason, StringComparison.Ordinal)).Which;
            ((string)task["description"]!).Should().Contain($"\"{reason}\"").And.Contain(remedy);
            ((string)task["priority"]!).Should().Be(priority);
            var decision = await host.GetAsync($"/api/decisions/{task["decisionId"]}", Patience);
            decision["input"]!.ToJsonString().Should().Be($$"""{"attempt":1,"rejectionCode":"{{reason}}"}""", "no more of the record is handed over than is asked for");
            ((string)task["description"]!).Should().Contain((string)decision["output"]!["remedy"]!);
            decision["matched"]!.AsArray().Should().NotBeEmpty("it says by which row");
            var history = await host.GetAsync($"/api/phone-numbers/{task["subject"]!["id"]}/history", Patience);
            ((string)history["items"]![0]!["cause"]!["decisionId"]!).Should().Be((string)task["decisionId"]!);
        }
    }

    [Fact]
    public async Task A_remedy_is_changed_by_its_decision_alone()
    {
        await ImportNumbersAsync("(617) 555-2001,Boston to Teams,user,,Verizon");
        var id = (string)(await host.AllAsync("/api/phone-numbers", Patience)).Single()["id"]!;
        var shipped = Encoding.UTF8.GetString(new ShippedArtefacts().Find("decision", "porting-rejection-remedy")!.Content.Span);
        using var draft = new StringContent(shipped.Replace("Ask the customer to get a transfer PIN", "Read the PIN to the carrier on the phone", StringComparison.Ordinal), Encoding.UTF8, "text/plain");
        using var saved = await host.Client.PutAsync("/api/artefacts/decision/porting-rejection-remedy/draft", draft, Patience);
        saved.StatusCode.Should().Be(HttpStatusCode.OK, await saved.Content.ReadAsStringAsync(Patience));
        await host.PostAsync("/api/artefacts/decision/porting-rejection-remedy/draft/publish", new { comment = "As the carrier asked" }, Patience);

        await ActAsync(id, "submit_loa");
        await ActAsync(id, "reject_loa", new { reasonCode = "pin_mismatch" });

        ((string)(await host.AllAsync("/api/tasks?status=open", Patience)).Single()["description"]!).Should().Contain("Read the PIN to the carrier on the phone");
    }

    [Fact]
    public async Task A_foc_day_that_is_here_makes_a_task_once()
    {
        await ImportNumbersAsync("(617) 555-2001,Boston to Teams,user,,Verizon");
        var id = (string)(await host.AllAsync("/api/phone-numbers", Patience)).Single()["id"]!;
        await ActAsync(id, "submit_loa");

        await ActAsync(id, "receive_foc", new { focDate = "2026-01-05" });

        var task = await Eventually(async () => (await host.AllAsync("/api/tasks?status=open", Patience)).SingleOrDefault(), "the FOC day's task");
        ((string)task["title"]!).Should().Contain("+16175552001");
        var history = await host.GetAsync($"/api/phone-numbers/{id}/history", Patience);
        history["items"]!.AsArray().SelectMany(entry => entry!["changes"]!.AsArray()).Count(change => (string)change!["field"]! == "status")
            .Should().Be(3, "a reminder is no change of the status");
    }

    [Fact]
    public async Task A_migration_whose_numbers_are_all_ported_offers_its_next_step()
    {
        await ImportNumbersAsync("(617) 555-2001,Boston to Teams,user,,Verizon");
        var migration = (string)(await host.AllAsync("/api/migrations", Patience)).Single()["id"]!;
        foreach (var action in new[] { "start_discovery", "collect_data", "start", "start_porting" })
            await host.PostAsync($"/api/migrations/{migration}/actions/{action}", new { }, Patience);
        await CompleteAsync("+16175552001");

        var first = await OfferAsync();
        await host.PostAsync($"/api/migrations/{migration}/actions/hold", new { }, Patience);
        await host.PostAsync($"/api/migrations/{migration}/actions/resume", new { }, Patience);
        var task = await OfferAsync();
        ((string)task["id"]!).Should().NotBe((string)first["id"]!, "the offer of before was withdrawn when the migration was held");
        await host.PostAsync($"/api/tasks/{task["id"]}/complete", new { outcome = "start_testing" }, Patience);

        ((string)(await host.GetAsync($"/api/migrations/{migration}", Patience))["status"]!).Should().Be("testing");
    }

    [Fact]
    public async Task Numbers_that_come_by_import_when_they_are_completed_count_as_well()
    {
        await ImportNumbersAsync("(617) 555-2001,Boston to Teams,user,,Verizon", "(617) 555-2002,Boston to Teams,user,,Verizon");
        await host.ImportAsync("migrations", "name,siteId,routingType,targetCarrier,targetDate\nBoston again,Boston HQ,direct_routing,verizon,2031-02-15\n", Patience);
        await CompleteAsync("+16175552001");
        var other = (string)(await host.AllAsync("/api/migrations?name=Boston%20again", Patience)).Single()["id"]!;
        foreach (var action in new[] { "start_discovery", "collect_data", "start", "start_porting" })
            await host.PostAsync($"/api/migrations/{other}/actions/{action}", new { }, Patience);

        await host.ImportAsync("phone-numbers", "number,migrationId\n+16175552001,Boston again\n", Patience);

        ((string)(await OfferAsync())["subject"]!["id"]!).Should().Be(other);
    }

    [Fact]
    public async Task A_held_migration_resumes_where_it_was()
    {
        var migration = (string)(await host.AllAsync("/api/migrations", Patience)).Single()["id"]!;
        foreach (var action in new[] { "start_discovery", "collect_data", "hold" })
            await host.PostAsync($"/api/migrations/{migration}/actions/{action}", new { }, Patience);
        var actions = await host.GetAsync($"/api/migrations/{migration}/actions", Patience);
        actions["actions"]!.AsArray().Select(action => (string)action!["name"]!).Should().BeEquivalentTo("cancel", "resume");

        var resumed = await host.PostAsync($"/api/migrations/{migration}/actions/resume", new { }, Patience);

        ((string)resumed["status"]!).Should().Be("data_collection");
    }

    [Fact]
    public async Task A_script_is_safe_whatever_the_names_are()
    {
        await ImportNumbersAsync("(617) 555-2001,Boston to Teams,user,ada@contoso.example,Verizon");
        var migration = (string)(await host.AllAsync("/api/migrations", Patience)).Single()["id"]!;

        var script = await host.PostAsync($"/api/migrations/{migration}/scripts", new { template = "teams-assign-numbers" }, Patience);

        ((string)script["content"]!).Should().Contain("Identity = 'ada@contoso.example'; Number = '+16175552001'").And.Contain("'DirectRouting'");
        using var unknown = await host.Client.PostAsJsonAsync($"/api/migrations/{migration}/scripts", new { template = "format-disk" }, Patience);
        unknown.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
    }

    private async Task ImportNumbersAsync(params string[] rows)
    {
        var csv = new StringBuilder("\uFEFFnumber,migrationId,type,endUserId,currentCarrier\n").AppendJoin('\n', rows).Append('\n');
        var result = await host.ImportAsync("phone-numbers", csv.ToString(), Patience);
        ((int)result["created"]!).Should().Be(rows.Length);
    }

    private async Task CompleteAsync(string number)
    {
        var id = (string)(await host.AllAsync($"/api/phone-numbers?number={Uri.EscapeDataString(number)}", Patience)).Single()["id"]!;
        await ActAsync(id, "submit_loa");
        await ActAsync(id, "receive_foc", new { focDate = "2031-03-03" });
        await ActAsync(id, "schedule", new { portDate = "2031-03-10" });
        await ActAsync(id, "complete");
    }

    /// <summary>The task by which a migration is offered its next step.</summary>
    private Task<JsonObject> OfferAsync() => Eventually(
        async () => (await host.AllAsync("/api/tasks?status=open", Patience)).SingleOrDefault(task => (string)task["subject"]!["type"]! == "migrations"), "the migration's task");

    private Task<JsonObject> ActAsync(string id, string action, object? data = null) =>
        host.PostAsync($"/api/phone-numbers/{id}/actions/{action}", data ?? new { }, Patience);

    private async Task<T> Eventually<T>(Func<Task<T?>> read, string what)
        where T : class
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Patience);
        deadline.CancelAfter(TimeSpan.FromSeconds(45));
        while (!deadline.IsCancellationRequested)
        {
            if (await read() is { } found)
                return found;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, Patience);
        }
        throw new TimeoutException($"{what} did not come within 45 s.");
    }
}
