using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.E2e;

/// <summary>Records are found, changed where they stand, many at once, by mouse and by keyboard alone; and what goes wrong on the way costs nobody what they typed.</summary>
[Collection(nameof(StudioCollection))]
public sealed class RecordsTests(DesignerHost host)
{
    [Fact]
    public async Task Records_are_filtered_changed_where_they_stand_and_many_at_once()
    {
        foreach (var name in new[] { "Bulk House A", "Bulk House B", "Bulk House C" })
            await host.SiteAsync(name);
        await using var studio = await host.OpenStudioAsync("records");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        await studio.GoAsync("/records/sites?sort=name&columns=name,city,country");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add a filter" }).ClickAsync();
        await page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Field" }).ClickAsync();
        await page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "Name", Exact = true }).ClickAsync();
        await page.GetByLabel("Condition").SelectOptionAsync("startswith");
        await page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = "Value" }).FillAsync("Bulk House");
        await studio.ShootAsync("filter");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Apply" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Name begins with Bulk House" })).ToBeVisibleAsync();
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(3);
        page.Url.Should().Contain("name%5Bstartswith%5D=Bulk+House");

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Views", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Save as a view …" }).ClickAsync();
        await page.GetByLabel("Name of the view").FillAsync("Bulk houses");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Bulk houses 3" })).ToBeVisibleAsync();
        await studio.GoAsync("/records/sites");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Bulk houses 3" }).ClickAsync();
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(3);

        await Rows(page).Nth(0).HoverAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Change City of Bulk House A" }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = "City" }).FillAsync("Austin");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("Saved: Bulk House A")).ToBeVisibleAsync();
        await Assertions.Expect(Rows(page).Nth(0)).ToContainTextAsync("Austin");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Cell, new PageGetByRoleOptions { Name = "Austin" })).ToHaveCountAsync(0);

        await page.GetByLabel("Select all that are shown").CheckAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Change …" }).ClickAsync();
        await page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Field" }).FillAsync("Timezone");
        await page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "Timezone" }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = "Value" }).FillAsync("Nowhere/Nothing");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Change 3 records" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("0 of 3 done");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog).Locator("tbody tr[aria-rowindex]").First).ToContainTextAsync("Nowhere/Nothing");
        await studio.ShootAsync("refused");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).Last.ClickAsync();
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task The_editor_of_a_filter_closes_after_what_is_open_in_it_and_takes_the_page_nowhere()
    {
        await using var studio = await host.OpenStudioAsync("records-escape");
        await studio.SignedInAsync(await host.SessionAsync());
        var (page, keys) = (studio.Page, studio.Page.Keyboard);
        await studio.GoAsync("/records");
        await studio.ShownAsync("Records");
        await studio.GoAsync("/records/phone-numbers?status=not_started");
        await studio.ShownAsync("Phone numbers");
        var (editor, add) = (page.GetByRole(AriaRole.Dialog), page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add a filter" }));
        await add.ClickAsync();
        var (field, options) = (editor.GetByRole(AriaRole.Combobox, new LocatorGetByRoleOptions { Name = "Field" }), page.Locator("[role=option]:visible"));
        await Assertions.Expect(field).ToBeFocusedAsync();
        await keys.PressAsync("ArrowDown");
        await Assertions.Expect(options.First).ToBeVisibleAsync();
        await EscapedListAsync();
        await field.FillAsync("Status");
        await page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "Status", Exact = true }).ClickAsync();
        await editor.GetByRole(AriaRole.Combobox, new LocatorGetByRoleOptions { Name = "Value" }).ClickAsync();
        await page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "not started", Exact = true }).ClickAsync();
        await Assertions.Expect(editor).ToBeVisibleAsync();
        await editor.GetByLabel("Condition").SelectOptionAsync("in");
        await editor.GetByRole(AriaRole.Combobox, new LocatorGetByRoleOptions { Name = "Value" }).ClickAsync();
        await page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "ported", Exact = true }).ClickAsync();
        await Assertions.Expect(options.First).ToBeVisibleAsync(); // several may be chosen
        await EscapedListAsync();
        await keys.PressAsync("Escape");
        await Assertions.Expect(editor).ToHaveCountAsync(0);
        await Assertions.Expect(add).ToBeFocusedAsync();

        var chip = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Status is not started", Exact = true });
        await chip.ClickAsync();
        await Assertions.Expect(editor).ToBeVisibleAsync();
        await editor.ClickAsync(new LocatorClickOptions { Position = new Position { X = 3, Y = 3 } }); // beside its fields, where nothing can have the focus
        await Assertions.Expect(editor).ToBeVisibleAsync();
        await keys.PressAsync("Escape");
        await Assertions.Expect(editor).ToHaveCountAsync(0);
        await Assertions.Expect(chip).ToBeFocusedAsync();
        await chip.ClickAsync();
        await Assertions.Expect(editor).ToBeVisibleAsync();
        await studio.Heading.ClickAsync();
        await Assertions.Expect(editor).ToHaveCountAsync(0);

        foreach (var name in new[] { "Columns", "Notifications" })
        {
            var button = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });
            await button.ClickAsync();
            await Assertions.Expect(editor).ToBeVisibleAsync();
            await keys.PressAsync("Escape");
            await Assertions.Expect(editor).ToHaveCountAsync(0);
            await Assertions.Expect(button).ToBeFocusedAsync();
        }
        page.Url.Should().EndWith("/records/phone-numbers?status=not_started");
        await keys.PressAsync("Escape");
        await studio.ShownAsync("Records");
        await studio.ShouldBeCleanAsync();

        async Task EscapedListAsync()
        {
            await keys.PressAsync("Escape");
            await Assertions.Expect(options).ToHaveCountAsync(0);
            await Assertions.Expect(editor).ToBeVisibleAsync();
        }
    }

    [Fact]
    public async Task Many_are_changed_and_deleted_and_all_of_it_is_taken_back_but_what_others_have_changed_since()
    {
        var ids = new List<string>();
        foreach (var name in new[] { "Undo House A", "Undo House B", "Undo House C" })
            ids.Add(await host.SiteAsync(name));
        await using var studio = await host.OpenStudioAsync("records-undo");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await studio.GoAsync("/records/sites?sort=name&columns=name,city&name[startswith]=Undo+House");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(3);
        await page.GetByLabel("Select all that are shown").CheckAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Change …" }).ClickAsync();
        await page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Field" }).FillAsync("City");
        await page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "City", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = "Value" }).FillAsync("Reno");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Change 3 records" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("3 of 3 done");
        using (var patched = await host.Service.Client.PatchAsync($"/api/sites/{ids[1]}", new StringContent("""{"city":"Tulsa"}""", System.Text.Encoding.UTF8, "application/merge-patch+json"), host.Patience))
            patched.EnsureSuccessStatusCode();
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo those that are done" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("2 of 3 done");
        await Assertions.Expect(dialog.Locator("tbody tr[aria-rowindex]").First).ToContainTextAsync("Somebody has changed it since");
        await studio.ShootAsync("put-back");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).Last.ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Cell, new PageGetByRoleOptions { Name = "Reno" })).ToHaveCountAsync(0);
        await Assertions.Expect(Rows(page).Nth(1)).ToContainTextAsync("Tulsa");

        await page.GetByLabel("Select all that are shown").CheckAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Delete …" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Delete 3 records" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("3 of 3 done");
        ((JsonArray)(await host.Service.GetAsync("/api/sites?name[startswith]=Undo+House", host.Patience))["items"]!).Should().BeEmpty();
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo those that are done" }).ClickAsync();
        await Assertions.Expect(dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo those that are done" })).ToHaveCountAsync(0);
        await Assertions.Expect(dialog).ToContainTextAsync("3 of 3 done");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).Last.ClickAsync();
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(3);
        foreach (var id in ids)
            ((string)(await host.Service.GetAsync($"/api/sites/{id}", host.Patience))["id"]!).Should().Be(id);
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task What_a_lifecycle_offers_is_done_with_all_that_are_selected()
    {
        var siteId = await host.SiteAsync("Site of many");
        var migrationId = (string)(await host.Service.PostAsync("/api/migrations", new { name = "Migration of many", siteId, routingType = "direct_routing" }, host.Patience))["id"]!;
        var ids = new List<string>();
        foreach (var number in new[] { "+12125550901", "+12125550902", "+12125550903" })
            ids.Add((string)(await host.Service.PostAsync("/api/phone-numbers", new { number, type = "user", migrationId }, host.Patience))["id"]!);
        await host.Service.PostAsync($"/api/phone-numbers/{ids[2]}/actions/submit_loa", new { }, host.Patience);
        await using var studio = await host.OpenStudioAsync("records-actions");
        await studio.SignedInAsync(await host.SessionAsync());
        var (page, dialog) = (studio.Page, studio.Page.GetByRole(AriaRole.Dialog));
        await studio.GoAsync("/records/phone-numbers?sort=number&columns=number,status&number[startswith]=%2B1212555090");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(3);
        await page.GetByLabel("Select all that are shown").CheckAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Submit LOA (2)" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("2 records permit it. 1 other does not, and stays as it is.");
        await studio.ShootAsync("asked");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Submit LOA (2)" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("2 done, 0 refused, of 2.");
        await studio.ShootAsync("done");
        await dialog.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Close" }).Last.ClickAsync();
        foreach (var id in ids)
            ((string?)(await host.Service.GetAsync($"/api/phone-numbers/{id}", host.Patience))["status"]).Should().Be("loa_submitted");
        await Assertions.Expect(page.GetByText("3 records selected")).ToHaveCountAsync(0);
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Records_are_found_and_many_changed_by_keyboard_alone()
    {
        foreach (var name in new[] { "Keys House A", "Keys House B" })
            await host.SiteAsync(name);
        await using var studio = await host.OpenStudioAsync("records-keys");
        await studio.SignedInAsync(await host.SessionAsync());
        var (page, keys) = (studio.Page, studio.Page.Keyboard);
        await studio.GoAsync("/records/sites?sort=name&columns=name,city");
        await studio.ShownAsync("Sites");
        await FocusAsync(page, "Search");
        await keys.TypeAsync("Keys House");
        await Assertions.Expect(Rows(page)).ToHaveCountAsync(2);
        await keys.PressAsync("Tab"); // out of the field, where letters are text
        foreach (var key in new[] { "j", "x", "j", "Shift+X" })
            await keys.PressAsync(key);
        await Assertions.Expect(page.GetByText("2 records selected")).ToBeVisibleAsync();
        await FocusAsync(page, "Change …");
        await keys.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToBeVisibleAsync();
        await FocusAsync(page, "Field");
        await keys.TypeAsync("City");
        await Assertions.Expect(page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "City" })).ToBeVisibleAsync();
        await keys.PressAsync("ArrowDown");
        await keys.PressAsync("Enter");
        await FocusAsync(page, "Value");
        await keys.TypeAsync("Denver");
        await keys.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("2 of 2 done");
        await studio.ShootAsync("done");
        await keys.PressAsync("Escape");
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await Assertions.Expect(page.GetByRole(AriaRole.Cell, new PageGetByRoleOptions { Name = "Denver" })).ToHaveCountAsync(2);

        await FocusAsync(page, "Columns"); // outside of what is typed into
        await keys.PressAsync("k");
        await keys.PressAsync("e");
        await Assertions.Expect(page.GetByRole(AriaRole.Textbox, new PageGetByRoleOptions { Name = "City" })).ToBeFocusedAsync();
        await keys.PressAsync("Control+a");
        await keys.TypeAsync("Boulder");
        await keys.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Cell, new PageGetByRoleOptions { Name = "Boulder" })).ToHaveCountAsync(1);
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_record_is_made_changed_talked_about_and_deleted()
    {
        await using var studio = await host.OpenStudioAsync("record");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        await studio.GoAsync("/records/sites/new");
        await page.GetByLabel("Name").FillAsync("Record House");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync(); // a site needs its time zone
        await studio.ShootAsync("invalid");
        studio.Forget(); // the refusal is a 422
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByLabel("Name")).ToHaveValueAsync("Record House");
        await page.GetByLabel("Timezone").FillAsync("America/Denver");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create" }).ClickAsync();
        await studio.ShownAsync("Record House");

        await page.GetByLabel("City").FillAsync("Denver");
        await page.Keyboard.PressAsync("Control+Enter");
        await Assertions.Expect(page.GetByText("City: (empty) → Denver")).ToBeVisibleAsync();
        await page.GetByLabel("Comment", new PageGetByLabelOptions { Exact = true }).FillAsync("The lift is broken.");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Comment", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("Comment added")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Tags" }).FillAsync("urgent");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByText("Tag added: urgent")).ToBeVisibleAsync();
        await studio.ShootAsync("page");

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "More" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Delete" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete" }).ClickAsync();
        await studio.ShownAsync("Sites");
        // What was done before can be taken back for a while too, each in a toast of its own.
        await page.GetByRole(AriaRole.Alert).Filter(new LocatorFilterOptions { HasText = "Deleted: Record House" })
            .GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Record House" }).ClickAsync();
        await studio.ShownAsync("Record House");
        await Assertions.Expect(page.GetByText("The lift is broken.")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByText("Undo delete", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync();
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_sign_in_that_ends_in_the_middle_of_a_form_loses_nothing()
    {
        var id = await host.SiteAsync("Expired House");
        var session = await host.SessionAsync();
        await using var studio = await host.OpenStudioAsync("record-expired");
        await studio.SignedInAsync(session);
        await studio.GoAsync($"/records/sites/{id}");
        await studio.Page.GetByLabel("City").FillAsync("Boston");
        await host.SignOutAsync(session);
        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("Your sign-in has ended")).ToBeVisibleAsync();
        studio.Forget(); // a 401 is how it learns of it
        await studio.SignInAsync(HostProcess.AdminEmail, HostProcess.AdminPassword);
        await Assertions.Expect(studio.Page.GetByText("Saved: Expired House")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByLabel("City")).ToHaveValueAsync("Boston");
        ((string?)(await host.Service.GetAsync($"/api/sites/{id}", host.Patience))["city"]).Should().Be("Boston");
    }

    [Fact]
    public async Task A_deletion_that_cannot_be_taken_back_is_said_to_be_one_and_offers_no_undo()
    {
        var id = await host.SiteAsync("Gone For Good House");
        await using var studio = await host.OpenStudioAsync("delete-for-good");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        // Stands for a deletion that has ended work of a lifecycle in other workflows.
        await page.RouteAsync("**/api/operations/*", async route =>
        {
            var answer = await route.FetchAsync();
            await route.FulfillAsync(new RouteFulfillOptions { Response = answer, Body = (await answer.TextAsync()).Replace("\"canBeUndone\":true", "\"canBeUndone\":false", StringComparison.Ordinal) });
        });
        await studio.GoAsync($"/records/sites/{id}");
        await studio.ShownAsync("Gone For Good House");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "More" }).ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Delete" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Delete" }).ClickAsync();
        var toast = page.GetByRole(AriaRole.Alert).Filter(new LocatorFilterOptions { HasText = "Gone For Good House is deleted, and cannot be brought back" });
        await Assertions.Expect(toast).ToBeVisibleAsync();
        await Assertions.Expect(toast.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo" })).ToHaveCountAsync(0);
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_record_that_somebody_else_deletes_leaves_what_was_typed_and_a_way_on()
    {
        var id = await host.SiteAsync("Gone House");
        await using var studio = await host.OpenStudioAsync("record-gone");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync($"/records/sites/{id}");
        await studio.Page.GetByLabel("City").FillAsync("Chicago");
        await Assertions.Expect(studio.Page.GetByText("Live", new PageGetByTextOptions { Exact = true })).ToBeAttachedAsync();
        using (var deleted = await host.Service.Client.DeleteAsync($"/api/sites/{id}", host.Patience))
            deleted.EnsureSuccessStatusCode();

        await Assertions.Expect(studio.Page.GetByText("This record was deleted meanwhile")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByLabel("City")).ToHaveValueAsync("Chicago");
        await studio.ShootAsync("gone");
        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Create it again with these values" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("Created: Gone House")).ToBeVisibleAsync();
        var made = (await host.Service.GetAsync("/api/sites?name=Gone+House", host.Patience))["items"]!.AsArray().Single()!;
        ((string?)made["city"]).Should().Be("Chicago");
        ((string)made["id"]!).Should().NotBe(id);
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Two_who_change_the_same_field_choose_and_lose_nothing()
    {
        var id = await host.SiteAsync("Merge House");
        await using var studio = await host.OpenStudioAsync("record-merge");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync($"/records/sites/{id}");
        await studio.Page.GetByLabel("City").FillAsync("Dallas");
        await Assertions.Expect(studio.Page.GetByText("Live", new PageGetByTextOptions { Exact = true })).ToBeAttachedAsync();
        using (var patched = await host.Service.Client.PatchAsync($"/api/sites/{id}", new StringContent("""{"city":"Houston","state":"TX"}""", System.Text.Encoding.UTF8, "application/merge-patch+json"), host.Patience))
            patched.EnsureSuccessStatusCode();
        await Assertions.Expect(studio.Page.GetByLabel("State")).ToHaveValueAsync("TX"); // the change of the other is seen, and what was typed stays
        await Assertions.Expect(studio.Page.GetByLabel("City")).ToHaveValueAsync("Dallas");
        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Houston");
        studio.Forget(); // a 412 is how it learns of it
        await studio.ShootAsync("merge");
        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save this" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("Saved: Merge House")).ToBeVisibleAsync();
        var saved = (JsonObject)await host.Service.GetAsync($"/api/sites/{id}", host.Patience);
        ((string?)saved["city"], (string?)saved["state"]).Should().Be(("Dallas", "TX"));
    }

    private static ILocator Rows(IPage page) => page.Locator("main tbody tr[aria-rowindex]");

    /// <summary>Goes there with Tab, as somebody without a mouse does.</summary>
    private static async Task FocusAsync(IPage page, string name)
    {
        for (var steps = 0; await page.EvaluateAsync<string>(
            """
            () => {
              const at = document.activeElement;
              return at.getAttribute('aria-label') ?? [...at.labels ?? []].map(label => label.textContent.replace(' *', '')).join() ?? '';
            }
            """) is var label && label != name && await page.EvaluateAsync<string>("() => document.activeElement.textContent.trim()") != name; steps++)
        {
            steps.Should().BeLessThan(80, "{0} can be reached by Tab", name);
            await page.Keyboard.PressAsync("Tab");
        }
    }
}
