using System.Text.Json;

using FluentAssertions.Execution;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>What opens over a page or in it can be used by everybody, light and dark: lists to choose from, menus, editors beside a button, dialogs.</summary>
[Collection(nameof(StudioCollection))]
public sealed class OpenedTests(DesignerHost host)
{
    [Fact]
    public async Task Whatever_opens_on_lists_and_records_can_be_used_by_everybody()
    {
        var migration = await host.MigrationAsync("Opened House");
        await host.NumbersAsync(migration, "+13125550701", "+13125550702");
        using var all = new AssertionScope();
        await using var studio = await OpenAsync("opened");
        var page = studio.Page;
        // More than fits, and nothing of it to be focused: a page of them that scrolls.
        await page.RouteAsync("**/api/notifications?*", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "application/json", Body = Notifications() }));
        await studio.GoAsync($"/records/phone-numbers?sort=number&columns=number,status&migrationId={migration}");
        await Assertions.Expect(page.Locator("main tbody tr[aria-rowindex]")).ToHaveCountAsync(2);

        foreach (var button in new[] { "Account and settings", "Views", "Export" })
            await MenuAsync(studio, page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button, Exact = true }), button);
        foreach (var button in new[] { "30 notifications that you have not seen", "Columns" })
        {
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = button, Exact = true }).ClickAsync();
            await CheckAsync(studio, page.GetByRole(AriaRole.Dialog), button);
            await CloseAsync(page);
        }

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add a filter" }).ClickAsync();
        var editor = page.GetByRole(AriaRole.Dialog);
        var (field, value) = (editor.GetByRole(AriaRole.Combobox, new LocatorGetByRoleOptions { Name = "Field" }), editor.GetByRole(AriaRole.Combobox, new LocatorGetByRoleOptions { Name = "Value" }));
        await field.ClickAsync();
        await CheckAsync(studio, Options(page).First, "a list that scrolls");
        await field.FillAsync("Status");
        await Options(page).GetByText("Status", new LocatorGetByTextOptions { Exact = true }).ClickAsync();
        await value.ClickAsync();
        await CheckAsync(studio, Options(page).First, "a list to choose one from");
        await page.Keyboard.PressAsync("Escape");
        await editor.GetByLabel("Condition").SelectOptionAsync("in");
        await value.ClickAsync();
        await Options(page).First.ClickAsync();
        await CheckAsync(studio, Options(page).First, "a list to choose several from");
        await page.Keyboard.PressAsync("Escape");
        await field.FillAsync("Migration");
        await Options(page).GetByText("Migration", new LocatorGetByTextOptions { Exact = true }).ClickAsync();
        await value.FillAsync("There is no such thing");
        await CheckAsync(studio, page.GetByText("Nothing found", new PageGetByTextOptions { Exact = true }), "a list that is empty");
        await page.Keyboard.PressAsync("Escape");
        await CloseAsync(page);

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Views", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Save as a view …" }).ClickAsync();
        await ListInDialogAsync(studio, "Who sees it", "a new view");
        await page.GetByLabel("Select all that are shown").CheckAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Change …" }).ClickAsync();
        await ListInDialogAsync(studio, "Field", "a change of many");
        await page.GetByLabel("Select all that are shown").CheckAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Submit LOA (2)" }).ClickAsync();
        await CheckAsync(studio, page.GetByRole(AriaRole.Dialog).GetByText("2 records permit it."), "an action with many");
        await CloseAsync(page);

        await page.Keyboard.PressAsync("Control+k");
        await CheckAsync(studio, page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = "Search" }), "the palette");
        await page.Keyboard.TypeAsync("There is no such thing");
        await CheckAsync(studio, page.GetByText("Nothing found"), "the empty palette");
        await CloseAsync(page);
        await page.Keyboard.PressAsync("?");
        await CheckAsync(studio, page.GetByRole(AriaRole.Dialog), "the keys");
        await CloseAsync(page);

        await studio.GoAsync($"/records/migrations/{migration}");
        await studio.ShownAsync("Opened House to Teams");
        await MenuAsync(studio, page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "More" }), "what else can be done");
        await page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Tags" }).ClickAsync();
        await CheckAsync(studio, page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Tags", Expanded = false }), "the tags");
        await page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Site" }).ClickAsync();
        await CheckAsync(studio, Options(page).First, "a record to refer to");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Whatever_opens_for_tasks_and_porting_can_be_used_by_everybody()
    {
        var migration = await host.MigrationAsync("Opened Hall");
        var number = (await host.NumbersAsync(migration, "+13125550711"))[0];
        await host.Service.PostAsync($"/api/phone-numbers/{number}/actions/submit_loa", new { }, host.Patience);
        await host.Service.PostAsync($"/api/phone-numbers/{number}/actions/reject_loa", new { reasonCode = "account_number_mismatch" }, host.Patience);
        using var all = new AssertionScope();
        await using var studio = await OpenAsync("opened-work");
        var page = studio.Page;
        await studio.GoAsync("/inbox?tab=available&q=13125550711");
        await Assertions.Expect(page.Locator("tbody tr[aria-rowindex]")).ToHaveCountAsync(1);
        await page.GetByLabel("Select all that are shown").CheckAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Snooze until" }).ClickAsync();
        await CheckAsync(studio, page.GetByRole(AriaRole.Dialog), "the choice of a time");
        await CloseAsync(page);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Assign …" }).ClickAsync();
        await ListInDialogAsync(studio, "Person", "the choice of a person");

        await studio.GoAsync($"/porting/numbers?migration={migration}&view=board");
        await studio.ShownAsync("Numbers of Opened Hall to Teams");
        await page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Losing carrier" }).ClickAsync();
        await CheckAsync(studio, Options(page).First, "the carriers");
        await page.Keyboard.PressAsync("Escape");
        await MenuAsync(studio, page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Move +13125550711" }), "where a card can go");
        await studio.ShouldBeCleanAsync();
    }

    /// <summary>Nothing fades in or out, so that what is there is there whole.</summary>
    private async Task<Studio> OpenAsync(string name)
    {
        var studio = await host.OpenStudioAsync(name);
        await studio.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ReducedMotion = ReducedMotion.Reduce });
        await studio.SignedInAsync(await host.SessionAsync());
        return studio;
    }

    /// <summary>Those of a list that is drawn, and not those of the browser's own.</summary>
    private static ILocator Options(IPage page) => page.Locator("[role=option]:visible");

    private static async Task MenuAsync(Studio studio, ILocator button, string what)
    {
        await button.ClickAsync();
        await CheckAsync(studio, studio.Page.GetByRole(AriaRole.Menu).GetByRole(AriaRole.Menuitem).First, what);
        await studio.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Menu)).ToHaveCountAsync(0);
    }

    /// <summary>A list that is open in a dialog; then both go.</summary>
    private static async Task ListInDialogAsync(Studio studio, string label, string what)
    {
        var dialog = studio.Page.GetByRole(AriaRole.Dialog);
        await dialog.GetByRole(AriaRole.Combobox, new LocatorGetByRoleOptions { Name = label }).ClickAsync();
        await CheckAsync(studio, Options(studio.Page).First, what);
        await studio.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(Options(studio.Page)).ToHaveCountAsync(0);
        await CloseAsync(studio.Page);
    }

    private static async Task CloseAsync(IPage page)
    {
        await page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    /// <param name="opened">What is seen when it is open.</param>
    private static async Task CheckAsync(Studio studio, ILocator opened, string what)
    {
        await Assertions.Expect(opened).ToBeVisibleAsync();
        foreach (var scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
        {
            await studio.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme, ReducedMotion = ReducedMotion.Reduce });
            await Assertions.Expect(studio.Page.Locator($"html[data-mantine-color-scheme={(scheme == ColorScheme.Dark ? "dark" : "light")}]")).ToBeAttachedAsync();
            await studio.ShootAsync($"{what.Replace(' ', '-')}-{scheme}");
            await studio.ShouldBeAccessibleAsync($"{what}, {scheme}");
        }
        await Assertions.Expect(opened).ToBeVisibleAsync(); // and it was while all that was found out
    }

    private static string Notifications() => JsonSerializer.Serialize(new
    {
        items = Enumerable.Range(1, 30).Select(i => new
        {
            id = $"{i}",
            version = 1,
            title = $"Something has happened, the {i}th time",
            body = "It is over.",
            subjectType = (string?)null,
            subjectId = (string?)null,
            readAt = (string?)null,
            createdAt = "2030-01-01T10:00:00Z",
            updatedAt = "2030-01-01T10:00:00Z",
        }),
        next = (string?)null,
    });
}
