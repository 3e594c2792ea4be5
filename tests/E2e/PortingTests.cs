using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>The lead's journey: from a carrier's list to a completed migration, by mouse, and its steps by keyboard alone.</summary>
[Collection(nameof(StudioCollection))]
public sealed class PortingTests(DesignerHost host)
{
    [Fact]
    public async Task A_carriers_list_becomes_a_completed_migration()
    {
        var migration = await ImportAsync("Journey Hall", "+17375550101", "+17375550102", "+17375550103");
        await using var studio = await host.OpenStudioAsync("journey");
        var page = studio.Page;
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/porting?q=Journey+Hall");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Journey Hall to Teams" }).ClickAsync();
        await studio.ShownAsync("Journey Hall to Teams");
        foreach (var step in new[] { "Start discovery", "Collect data", "Start", "Start porting" })
            await ConfirmAsync(page, step);

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Not started 3" }).ClickAsync();
        await studio.ShownAsync("Numbers of Journey Hall to Teams");
        await InBulkAsync(page, "Submit LOA", 3);
        await studio.ShootAsync("submitted");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Not started 0" }).ClickAsync(); // takes the filter away
        await page.GetByText("+17375550101").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "LOA rejected" }).ClickAsync();
        await page.GetByLabel("Reason of the carrier").FillAsync("pin_mismatch");
        await ConfirmAsync(page, "LOA rejected", isOpen: true);
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);

        await studio.GoAsync("/inbox?tab=available&q=17375550101");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "LOA of +17375550101 rejected" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Claim" }).ClickAsync();
        await page.GetByLabel("Submit again").CheckAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Complete" }).ClickAsync();
        await Assertions.Expect(page.GetByText("This task is done")).ToBeVisibleAsync();

        await studio.GoAsync($"/porting/numbers?migration={migration}");
        await studio.ShownAsync("Numbers of Journey Hall to Teams");
        await InBulkAsync(page, "FOC received", 3, "FOC date", "2031-03-03");
        await InBulkAsync(page, "Schedule port", 3, "Port date", "2031-03-10");

        await studio.GoAsync($"/porting/{migration}/cutover");
        await studio.ShownAsync("Cut-over day of Journey Hall to Teams");
        await Assertions.Expect(page.GetByRole(AriaRole.Timer)).ToContainTextAsync("Begins in");
        await InBulkAsync(page, "Complete", 3);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Verify: +17375550102" }).ClickAsync();
        await Assertions.Expect(page.GetByText("1 of 3 are done").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Clear the selection" }).ClickAsync();
        await InBulkAsync(page, "Verify", 2);
        await Assertions.Expect(page.GetByText("3 of 3 are done").First).ToBeVisibleAsync();
        await page.GetByLabel("Note", new PageGetByLabelOptions { Exact = true }).FillAsync("The fax of the front desk answers.");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Log it" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The fax of the front desk answers.").Last).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Roll back …" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(dialog.GetByText("ada@journey-hall.example")).ToBeVisibleAsync();
        await studio.ShootAsync("roll-back");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Write the roll-back script" }).ClickAsync();
        await Assertions.Expect(dialog.GetByText("Identity = 'ada@journey-hall.example'; Number = '+17375550101'")).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).Last.ClickAsync();
        await studio.ShootAsync("cut-over");

        await studio.GoAsync($"/porting/{migration}");
        await studio.ShownAsync("Journey Hall to Teams");
        await ConfirmAsync(page, "Start testing");
        await ConfirmAsync(page, "Complete");
        await Assertions.Expect(page.GetByText("Its lifecycle offers nothing at the moment.")).ToBeVisibleAsync();
        ((string?)(await host.Service.GetAsync($"/api/migrations/{migration}", host.Patience))["status"]).Should().Be("completed");
        await studio.ShootAsync("completed");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Numbers_are_driven_by_keyboard_alone()
    {
        await ImportAsync("Keyboard Hall", "+17375550201", "+17375550202", "+17375550203");
        await using var studio = await host.OpenStudioAsync("journey-keys");
        var page = studio.Page;
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/porting?q=Keyboard+Hall");
        await studio.ShownAsync("Porting");
        await page.Keyboard.PressAsync("j");
        await page.Keyboard.PressAsync("Enter");
        await studio.ShownAsync("Keyboard Hall to Teams");
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Not started 3" }));

        // Two of the three, by Shift with the arrows.
        await studio.ShownAsync("Numbers of Keyboard Hall to Teams");
        await studio.ReachAsync(page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Numbers", Exact = true }));
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("Shift+ArrowDown");
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Submit LOA (2)" }), backwards: true);
        await studio.PressAsync(page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Submit LOA (2)" }));
        await Assertions.Expect(page.GetByText("2 done, 0 refused, of 2.")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);

        // The board: a card's menu instead of dragging.
        await studio.GoAsync("/porting/numbers?site=Keyboard+Hall&view=board");
        await studio.ShownAsync("Numbers");
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Move +17375550201" }));
        await studio.ReachAsync(page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "FOC received" }), "ArrowDown");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByLabel("FOC date")).ToBeFocusedAsync();
        await page.GetByLabel("FOC date").FillAsync("2031-03-03"); // as a whole: digit by digit, the browser may lose one of a year while the dialog opens
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator("[data-lane=foc_received]").GetByText("+17375550201")).ToBeVisibleAsync();
        await studio.ShootAsync("board");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_cut_over_day_is_done_by_keyboard_alone()
    {
        var migration = await ImportAsync("Night Hall", "+17375550401", "+17375550402");
        var numbers = (await host.Service.GetAsync($"/api/phone-numbers?migrationId={migration}", host.Patience))["items"]!.AsArray().Select(number => (string)number!["id"]!).ToArray();
        foreach (var (action, data) in new (string, object)[] { ("submit_loa", new { }), ("receive_foc", new { focDate = "2031-03-03" }), ("schedule", new { portDate = "2031-03-10" }) })
            await host.Service.PostAsync($"/api/phone-numbers/actions/{action}", new { ids = numbers, data }, host.Patience);
        await using var studio = await host.OpenStudioAsync("cut-over-keys");
        var page = studio.Page;
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync($"/porting/{migration}");
        await studio.ShownAsync("Night Hall to Teams");
        await studio.PressAsync(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Cut-over day" }));
        await studio.ShownAsync("Cut-over day of Night Hall to Teams");

        // Both at once, then each alone.
        await studio.ReachAsync(page.GetByRole(AriaRole.Checkbox, new PageGetByRoleOptions { Name = "Select all" }));
        await page.Keyboard.PressAsync("Space");
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Complete (2)" }));
        await studio.PressAsync(page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Complete (2)" }));
        await Assertions.Expect(page.GetByText("2 done, 0 refused, of 2.")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        foreach (var (number, done) in new[] { ("+17375550401", 1), ("+17375550402", 2) })
        {
            await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = $"Verify: {number}" }));
            await Assertions.Expect(page.GetByText($"{done} of 2 are done").First).ToBeVisibleAsync();
        }

        await studio.ReachAsync(page.GetByLabel("Note", new PageGetByLabelOptions { Exact = true }));
        await page.Keyboard.TypeAsync("The night desk answers.");
        await studio.PressAsync(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Log it" }));
        await Assertions.Expect(page.GetByText("The night desk answers.").Last).ToBeVisibleAsync();

        var back = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Roll back …" });
        await studio.PressAsync(back);
        await studio.PressAsync(page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Write the roll-back script" }));
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog).GetByText("Identity = 'ada@night-hall.example'; Number = '+17375550401'")).ToBeVisibleAsync();
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Assertions.Expect(back).ToBeFocusedAsync();
        await studio.ShootAsync("done");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task The_timeline_of_a_migration_says_when_it_ends_and_has_the_same_as_a_table()
    {
        var migration = await host.MigrationAsync("Timeline Hall");
        var numbers = await host.NumbersAsync(migration, "+13125550951", "+13125550952");
        foreach (var number in numbers)
        {
            await ActAsync(number, "submit_loa", new { });
            await ActAsync(number, "receive_foc", new { focDate = "2031-02-01" });
        }
        await ActAsync(numbers[0], "schedule", new { portDate = "2031-02-10" });
        await using var studio = await host.OpenStudioAsync("timeline");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        await studio.GoAsync($"/porting/{migration}");
        await studio.ShownAsync("Timeline Hall to Teams");
        await Assertions.Expect(page.GetByText("2 numbers are left. There is no forecast of the end: in the last two weeks none was verified.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new PageGetByRoleOptions { Name = "Feb 1, 2031 FOC date of 2 numbers" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Row, new PageGetByRoleOptions { Name = "Feb 15, 2031 Planned cut-over" })).ToBeVisibleAsync();

        await ActAsync(numbers[0], "complete", new { });
        await ActAsync(numbers[0], "verify", new { });
        await Assertions.Expect(page.GetByText("1 verified today: at that pace the 1 that are left end on")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Img, new PageGetByRoleOptions { Name = "FOC dates, orders" }).ScrollIntoViewIfNeededAsync();
        await studio.ShootAsync("drawn");
        await studio.ShouldBeAccessibleAsync("the timeline");
        await studio.PressAsync(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "1 number moves" }));
        await studio.ShownAsync("Cut-over day of Timeline Hall to Teams");
        await Assertions.Expect(page).ToHaveURLAsync($"{host.Address}/porting/{migration}/cutover?day=2031-02-10");
        await studio.ShouldBeCleanAsync();

        Task ActAsync(string number, string action, object data) => host.Service.PostAsync($"/api/phone-numbers/{number}/actions/{action}", data, host.Patience);
    }

    [Fact]
    public async Task A_card_goes_where_its_lifecycle_leads_and_elsewhere_it_snaps_back_with_the_reason()
    {
        var migration = await ImportAsync("Board Hall", "+17375550301");
        await using var studio = await host.OpenStudioAsync("journey-board");
        var page = studio.Page;
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync($"/porting/numbers?migration={migration}&view=board");
        var card = page.GetByRole(AriaRole.Article);
        ILocator Lane(string state) => page.Locator($"[data-lane={state}]");

        await card.DragToAsync(Lane("loa_rejected"));
        await Assertions.Expect(page.GetByText("+17375550301 cannot go from Not started to LOA rejected")).ToBeVisibleAsync();
        await Assertions.Expect(Lane("not_started").GetByRole(AriaRole.Article)).ToHaveCountAsync(1);
        await studio.ShootAsync("refused");
        await card.DragToAsync(Lane("loa_submitted"));
        await Assertions.Expect(page.GetByText("Submit LOA: +17375550301")).ToBeVisibleAsync();
        await Assertions.Expect(Lane("loa_submitted").GetByRole(AriaRole.Article)).ToHaveCountAsync(1);
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Migrations_stand_on_a_board_in_swim_lanes_by_site_and_move_by_the_menu_of_their_card()
    {
        await host.MigrationAsync("Lane East");
        await host.MigrationAsync("Lane West");
        await using var studio = await host.OpenStudioAsync("journey-migrations");
        var page = studio.Page;
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/porting?q=Lane");
        await studio.ShownAsync("Porting");
        await page.GetByText("Board", new PageGetByTextOptions { Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-lane=planning]").GetByRole(AriaRole.Article)).ToHaveCountAsync(2);
        await page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Swim lanes" }).ClickAsync();
        await page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "By site" }).ClickAsync();

        var west = page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Lane West", Exact = true });
        await west.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Move Lane West to Teams" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Start discovery → Discovery" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Start discovery: Lane West to Teams")).ToBeVisibleAsync();
        await Assertions.Expect(west.Locator("[data-lane=discovery]").GetByRole(AriaRole.Article)).ToHaveCountAsync(1);
        await Assertions.Expect(page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "Lane East", Exact = true }).Locator("[data-lane=planning]").GetByRole(AriaRole.Article)).ToHaveCountAsync(1);
        await studio.ShootAsync("swimlanes");
        await west.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Lane West to Teams", Exact = true }).ClickAsync();
        await studio.ShownAsync("Lane West to Teams");
        await studio.ShouldBeCleanAsync();
    }

    /// <summary>A carrier's list of a new site, the first number assigned to Ada; the migration's id.</summary>
    private async Task<string> ImportAsync(string site, params string[] numbers)
    {
        var migration = await host.MigrationAsync(site);
        var ada = $"ada@{site.Replace(' ', '-').ToLowerInvariant()}.example";
        await host.Service.ImportAsync("end-users", $"upn,displayName,migrationId\n{ada},Ada,{site} to Teams\n", host.Patience);
        var rows = numbers.Select((number, i) => $"{number},{site} to Teams,user,{(i == 0 ? ada : "")},Lumen");
        await host.Service.ImportAsync("phone-numbers", $"number,migrationId,type,endUserId,currentCarrier\n{string.Join('\n', rows)}\n", host.Patience);
        return migration;
    }

    /// <summary>Begins an action and confirms it; the dialog goes when it is done.</summary>
    private static async Task ConfirmAsync(IPage page, string action, bool isOpen = false)
    {
        if (!isOpen)
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = action, Exact = true }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog, new PageGetByRoleOptions { Name = action, Exact = true });
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = action, Exact = true }).ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
    }

    /// <summary>Selects all, does the action with those that offer it, and sees that each was done.</summary>
    private static async Task InBulkAsync(IPage page, string action, int count, string? field = null, string? value = null)
    {
        var all = page.GetByRole(AriaRole.Checkbox, new PageGetByRoleOptions { Name = "Select all that are shown" });
        if (!await all.IsCheckedAsync())
            await all.CheckAsync();
        var name = $"{action} ({count})";
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        if (value is not null)
            await dialog.GetByLabel(field!).FillAsync(value);
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = name }).ClickAsync();
        await Assertions.Expect(dialog.GetByText($"{count} done, 0 refused, of {count}.")).ToBeVisibleAsync();
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).Last.ClickAsync();
        await Assertions.Expect(dialog).ToHaveCountAsync(0);
    }
}
