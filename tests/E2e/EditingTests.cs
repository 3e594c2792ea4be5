using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>What a process owner does: changes a lifecycle, draws a workflow, takes it elsewhere and brings it back.</summary>
[Collection(nameof(DesignerCollection))]
public sealed class EditingTests(DesignerHost host)
{
    [Fact]
    public async Task A_state_is_added_to_the_porting_lifecycle_and_new_numbers_can_come_to_it()
    {
        await host.Service.ImportAsync("sites", "name,timezone\nBoston HQ,America/New_York\n", host.Patience);
        await host.Service.ImportAsync("migrations", "name,siteId,routingType,targetCarrier\nBoston to Teams,Boston HQ,direct_routing,verizon\n", host.Patience);
        var before = await NumberAsync("+16175550101");
        await ActAsync(before, "submit_loa");
        await ActAsync(before, "receive_foc", new { focDate = "2031-03-03" });
        await using var designer = await host.OpenAsync("lifecycle");
        await designer.SignedInAsync(await host.SessionAsync());
        var (page, editor) = (designer.Page, designer.Editor);
        await designer.GoAsync("definitions/number-porting");
        await Assertions.Expect(editor.Locator(".x6-node")).ToHaveCountAsync(8);

        await editor.Locator("summary", new LocatorLocatorOptions { HasText = "Add state" }).ClickAsync();
        await page.GetByLabel("State name").FillAsync("on_hold");
        await designer.SavedAsync(() => editor.Locator("button", new LocatorLocatorOptions { HasText = "Add state" }).ClickAsync());
        await Assertions.Expect(editor.Locator(".x6-node")).ToHaveCountAsync(9);
        await editor.Locator("summary", new LocatorLocatorOptions { HasText = "Add transition" }).ClickAsync();
        await page.GetByLabel("Transition name").FillAsync("hold");
        await editor.Locator("details[open] select").Nth(0).SelectOptionAsync(new SelectOptionValue { Label = "foc_received" });
        await editor.Locator("details[open] select").Nth(1).SelectOptionAsync(new SelectOptionValue { Label = "on_hold" });
        await designer.SavedAsync(() => editor.Locator("button", new LocatorLocatorOptions { HasText = "Add transition" }).ClickAsync());

        await editor.GetByText("Outline", new LocatorGetByTextOptions { Exact = true }).ClickAsync();
        await editor.Locator(".state-machine-outline__item", new LocatorLocatorOptions { HasText = "hold" }).Last.ClickAsync();
        await editor.Locator("[data-transition-slot=trigger] [data-slot-action=add]").ClickAsync();
        await designer.SavedAsync(() => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add Action", Exact = true }).ClickAsync());
        await editor.Locator("[data-transition-slot=trigger] [data-slot-action=select]").ClickAsync();
        await designer.FillAsync("The name in the API", "hold");
        await designer.FillAsync("The text of the button", "Put on hold");
        await designer.ShootAsync("transition");
        await designer.PublishAsync();
        await editor.GetByText("Diagram", new LocatorGetByTextOptions { Exact = true }).ClickAsync();
        await designer.ShootAsync("published");
        await designer.ShouldBeCleanAsync();
        var shipped = JsonNode.Parse((string)(await host.Service.GetAsync("/api/artefacts/workflow/number-porting/versions/1", host.Patience))["content"]!)!;
        var now = await host.Service.GetAsync("/elsa/api/workflow-definitions/by-definition-id/number-porting?versionOptions=Published", host.Patience);
        ((int)now["version"]!).Should().Be(2);
        JsonNode.DeepEquals(now["customProperties"], shipped["customProperties"]).Should().BeTrue("Studio saves the test cases with the rest, and they gated this publishing");

        var after = await NumberAsync("+16175550102");
        await ActAsync(after, "submit_loa");
        await ActAsync(after, "receive_foc", new { focDate = "2031-03-03" });
        ((string)(await ActAsync(after, "hold"))["status"]!).Should().Be("on_hold");
        using (var refused = await host.Service.Client.PostAsJsonAsync($"/api/phone-numbers/{before}/actions/hold", new { }, host.Patience))
            refused.StatusCode.Should().Be(HttpStatusCode.Conflict, "what runs keeps the version that it began with");
        ((string)(await ActAsync(before, "schedule", new { portDate = "2031-03-10" }))["status"]!).Should().Be("port_scheduled");
    }

    [Fact]
    public async Task A_flowchart_is_drawn_from_nothing_published_and_run()
    {
        await using var designer = await host.OpenAsync("flowchart");
        await designer.SignedInAsync(await host.SessionAsync());
        var (page, editor) = (designer.Page, designer.Editor);
        await designer.GoAsync("");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create Workflow" }).ClickAsync();
        await page.Locator(".mud-dialog input").First.FillAsync("Drawn from nothing");
        await page.Locator(".mud-dialog").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Ok" }).ClickAsync();
        await Assertions.Expect(editor.Locator(".x6-graph")).ToBeVisibleAsync();
        page.Url.Should().MatchRegex("/designer/definitions/[0-9a-f]+$", "a new workflow has an address");

        await designer.DrawAsync("Write Line", 90, 60);
        await designer.FillAsync("text to write", "begun");
        await designer.DrawAsync("User task", 380, 60);
        await designer.FillAsync("With values, as Call", "Call the customer");
        await designer.SavedAsync(() => page.Locator("label.mud-checkbox", new PageLocatorOptions { HasText = "lead" }).ClickAsync());
        await designer.ShootAsync("picked");
        await OutcomeAsync(designer, "reached");
        await OutcomeAsync(designer, "not_reached");
        await designer.DrawAsync("Set Name", 90, 240);
        await designer.FillAsync("The name.", "Reached");
        await designer.DrawAsync("Correlate", 380, 240);
        await designer.DrawAsync("Finish", 600, 240);
        await designer.ShootAsync("drawn");
        await designer.ConnectAsync("WriteLine1", "Done", "UserTask1");
        await designer.ConnectAsync("UserTask1", "reached", "SetName1");
        await designer.ConnectAsync("UserTask1", "not_reached", "Finish1");
        await designer.ConnectAsync("SetName1", "Done", "Correlate1");
        await Assertions.Expect(editor.Locator(".x6-edge")).ToHaveCountAsync(4);
        await designer.ShootAsync("connected");
        await designer.PublishAsync();

        await editor.Locator("button.mud-icon-button.mud-success-text").ClickAsync(); // run
        await Assertions.Expect(designer.Viewer.GetByText("Suspended").First).ToBeVisibleAsync();
        page.Url.Should().MatchRegex("/designer/instances/[0-9a-f-]+$");
        var instance = page.Url.Split('/')[^1];
        var task = (await host.Service.AllAsync("/api/tasks?status=open", host.Patience)).Single(task => (string)task["title"]! == "Call the customer");
        await host.Service.PostAsync($"/api/tasks/{task["id"]}/complete", new { outcome = "reached" }, host.Patience);
        await Assertions.Expect(designer.Viewer.GetByText("Correlate - Completed").First).ToBeVisibleAsync();
        await Assertions.Expect(designer.Viewer.GetByText("Finished").First).ToBeVisibleAsync();
        await Assertions.Expect(designer.Viewer.Locator(".x6-node:visible")).ToHaveCountAsync(5);
        await Assertions.Expect(designer.Viewer.Locator(".x6-edge")).ToHaveCountAsync(4);
        await designer.ShootAsync("run");
        await designer.ShouldBeCleanAsync();
        ((string)(await host.Service.GetAsync($"/elsa/api/workflow-instances/{instance}", host.Patience))["name"]!).Should().Be("Reached");
    }

    [Fact]
    public async Task A_picker_shows_what_an_activity_holds_though_it_is_not_there_and_offers_states()
    {
        JsonObject Node(string type, string id, int y, params (string Name, JsonNode Value)[] members)
        {
            var node = new JsonObject
            {
                ["id"] = id,
                ["name"] = id,
                ["type"] = type,
                ["version"] = 1,
                ["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = 100, ["y"] = y } } },
            };
            foreach (var (name, value) in members)
                node[name] = value;
            return node;
        }
        static JsonObject Literal(string value) => new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };
        Task ImportAsync(string id, params JsonNode[] nodes) => host.Service.PostAsync("/elsa/api/workflow-definitions/import", new JsonObject
        {
            ["definitionId"] = id,
            ["name"] = id,
            ["root"] = new JsonObject
            {
                ["id"] = "flow",
                ["type"] = "Elsa.Flowchart",
                ["version"] = 1,
                ["connections"] = new JsonArray(),
                ["activities"] = new JsonArray(nodes),
            },
        }, host.Patience);
        await ImportAsync(
            "picking",
            Node("Switchboard.UserTask", "asks", 60, ("title", Literal("Call")), ("form", Literal("gone-form"))),
            Node("Switchboard.UserTask", "also", 200, ("title", Literal("Call")), ("form", Literal("other-form"))),
            Node("Switchboard.State", "enters", 340, ("state", Literal("loa_submited"))));
        await ImportAsync("approval", Node("Switchboard.State", "decided", 60, ("state", Literal("approved"))));
        await using var designer = await host.OpenAsync("picking");
        await designer.SignedInAsync(await host.SessionAsync());

        await designer.GoAsync("definitions/picking");
        await ShowsAsync("asks", "The form that its completion fills in", "gone-form (not there)");
        await designer.ShootAsync("gone");
        await ShowsAsync("also", "The form that its completion fills in", "other-form (not there)");
        await ShowsAsync("enters", "One of the record's status values", "loa_submited (not there)");
        await designer.Page.GetByText("loa_submited (not there)").First.ClickAsync();
        await Assertions.Expect(designer.Page.Locator(".mud-popover-open").GetByText("loa_submitted (phone-numbers)").First).ToBeVisibleAsync();
        await designer.ShootAsync("states");

        await designer.GoAsync("definitions/approval");
        await ShowsAsync("decided", "One of the record's status values", "approved");
        await designer.Page.Locator(".mud-input-control", new PageLocatorOptions { HasText = "One of the record's status values" }).GetByText("approved").First.ClickAsync();
        await Assertions.Expect(designer.Page.Locator(".mud-popover-open").GetByText("withdrawn", new LocatorGetByTextOptions { Exact = true }).First).ToBeVisibleAsync();
        await Assertions.Expect(designer.Page.Locator(".mud-popover-open").GetByText("loa_submitted")).ToHaveCountAsync(0);
        await designer.ShootAsync("states-of-approvals");
        (await host.Service.Client.DeleteAsync("/api/artefacts/workflow/approval/draft", host.Patience)).EnsureSuccessStatusCode();
        await designer.ShouldBeCleanAsync();

        async Task ShowsAsync(string node, string hint, string value)
        {
            await designer.Node(node).ClickAsync();
            await Assertions.Expect(designer.Page.Locator(".mud-input-control", new PageLocatorOptions { HasText = hint }).GetByText(value)).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Feel_is_completed_with_functions_and_variables_and_what_is_wrong_is_marked_while_it_is_written()
    {
        var line = Line("greet", "");
        line["name"] = "greet";
        line["text"]!["expression"] = new JsonObject { ["type"] = "FEEL", ["value"] = "upper case(custmer)" };
        line["metadata"] = new JsonObject { ["designer"] = new JsonObject { ["position"] = new JsonObject { ["x"] = 100, ["y"] = 80 } } };
        await host.Service.PostAsync("/elsa/api/workflow-definitions", new
        {
            model = new JsonObject
            {
                ["definitionId"] = "written-in-feel",
                ["name"] = "Written in FEEL",
                ["variables"] = new JsonArray(new JsonObject { ["id"] = "customer", ["name"] = "customer", ["typeName"] = "String" }),
                ["root"] = new JsonObject { ["id"] = "flow", ["type"] = "Elsa.Flowchart", ["version"] = 1, ["activities"] = new JsonArray(line), ["connections"] = new JsonArray() },
            },
        }, host.Patience);
        await using var designer = await host.OpenAsync("feel");
        await designer.SignedInAsync(await host.SessionAsync());
        var (page, editor) = (designer.Page, designer.Editor);
        await designer.GoAsync("definitions/written-in-feel");
        await designer.Node("greet").ClickAsync();

        var code = page.Locator(".monaco-editor:visible").First;
        await Assertions.Expect(code.Locator(".view-line").First).ToContainTextAsync("custmer");
        await Assertions.Expect(code.Locator(".squiggly-error, .squiggly-warning").First).ToBeVisibleAsync();
        await designer.ShootAsync("wrong");

        await code.ClickAsync();
        await page.Keyboard.PressAsync("Control+A");
        await page.Keyboard.TypeAsync("string len");
        var offered = page.Locator(".suggest-widget .monaco-list-row:visible");
        await Assertions.Expect(offered.Filter(new LocatorFilterOptions { HasText = "string length" }).First).ToBeVisibleAsync();
        await designer.ShootAsync("offered");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.TypeAsync("cust");
        await Assertions.Expect(offered.Filter(new LocatorFilterOptions { HasText = "customer" }).First).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Enter");
        (await code.Locator(".view-line").First.InnerTextAsync()).Replace('\u00A0', ' ').Should().Be("string length(customer)");
        await Assertions.Expect(code.Locator(".squiggly-error, .squiggly-warning")).ToHaveCountAsync(0);
        await designer.ShootAsync("right");
        await designer.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_workflow_is_imported_and_exported_and_stays_the_same()
    {
        var file = new JsonObject
        {
            ["$schema"] = "https://elsaworkflows.io/schemas/workflow-definition/v3.0.0/schema.json", // Studio takes no file without
            ["definitionId"] = "carried-about",
            ["name"] = "Carried about",
            ["root"] = new JsonObject
            {
                ["id"] = "seq",
                ["type"] = "Elsa.Sequence",
                ["version"] = 1,
                ["activities"] = new JsonArray(Line("one", "first"), Line("two", "second")),
            },
        };
        await using var designer = await host.OpenAsync("files");
        await designer.SignedInAsync(await host.SessionAsync());
        var page = designer.Page;
        await designer.GoAsync("");

        await ImportAsync(file.ToJsonString());
        var exported = await ExportAsync();
        exported["root"]!["activities"]!.AsArray().Select(activity => (string)activity!["text"]!["expression"]!["value"]!).Should().Equal("first", "second");
        using (var deleted = await host.Service.Client.DeleteAsync("/elsa/api/workflow-definitions/carried-about", host.Patience))
            deleted.EnsureSuccessStatusCode();
        await page.ReloadAsync();
        await ImportAsync(exported.ToJsonString());
        var again = await ExportAsync();

        again["root"]!.ToJsonString().Should().Be(exported["root"]!.ToJsonString());
        again["name"]!.ToString().Should().Be("Carried about");
        await designer.ShouldBeCleanAsync();

        async Task ImportAsync(string text)
        {
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create Workflow" })).ToBeEnabledAsync();
            await page.Locator("input[type=file]").First.SetInputFilesAsync(new FilePayload
            {
                Name = "carried-about.json",
                MimeType = "application/json",
                Buffer = Encoding.UTF8.GetBytes(text),
            });
            await Assertions.Expect(page.GetByText("imported successfully")).ToBeVisibleAsync();
        }

        async Task<JsonObject> ExportAsync()
        {
            var row = page.Locator("tbody tr", new PageLocatorOptions { HasText = "Carried about" });
            await row.Locator("button").Last.ClickAsync();
            await page.GetByText("Export", new PageGetByTextOptions { Exact = true }).ClickAsync();
            var download = await page.RunAndWaitForDownloadAsync(
                () => page.Locator(".mud-dialog").GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Export" }).ClickAsync());
            await using var content = await download.CreateReadStreamAsync();
            return (await JsonNode.ParseAsync(content, cancellationToken: host.Patience))!.AsObject();
        }
    }

    internal static JsonObject Line(string id, string text) => new()
    {
        ["id"] = id,
        ["type"] = "Elsa.WriteLine",
        ["version"] = 1,
        ["text"] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = text } },
    };

    /// <summary>Writes one more outcome into the list below the activity's inputs; it becomes a port at once.</summary>
    private static async Task OutcomeAsync(Designer designer, string outcome)
    {
        var list = designer.Page.Locator(".mud-input-control", new PageLocatorOptions { HasText = "What it can be completed with" }).Locator("input").First;
        await list.FillAsync(outcome);
        await designer.SavedAsync(() => list.PressAsync("Enter"));
    }

    private async Task<string> NumberAsync(string number)
    {
        await host.Service.ImportAsync("phone-numbers", $"number,migrationId,type,currentCarrier\n{number},Boston to Teams,user,Verizon\n", host.Patience);
        return (string)(await host.Service.AllAsync($"/api/phone-numbers?number={Uri.EscapeDataString(number)}", host.Patience)).Single()["id"]!;
    }

    private Task<JsonObject> ActAsync(string number, string action, object? body = null) =>
        host.Service.PostAsync($"/api/phone-numbers/{number}/actions/{action}", body ?? new { }, host.Patience);
}
