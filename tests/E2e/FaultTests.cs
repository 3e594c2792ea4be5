using FluentAssertions;

using Microsoft.Playwright;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.E2e;

/// <summary>What goes wrong between a browser and the service: it is told, nothing that was typed is lost, and what happened meanwhile is caught up on.</summary>
[Collection(nameof(StudioCollection))]
public sealed class FaultTests(DesignerHost host)
{
    [Fact]
    public async Task A_service_that_is_killed_and_comes_back_costs_nobody_what_they_typed()
    {
        await using var service = new HostProcess();
        await service.StartAsync(host.Patience);
        await service.SignInAsync(host.Patience);
        var id = (string)(await service.PostAsync("/api/sites", new { name = "Outage House", timezone = "America/New_York" }, host.Patience))["id"]!;
        await using var studio = await host.OpenStudioAsync("outage", service);
        var page = studio.Page;
        await studio.GoAsync($"/records/sites/{id}");
        await studio.SignInAsync(HostProcess.AdminEmail, HostProcess.AdminPassword);
        await studio.ShownAsync("Outage House");
        await Assertions.Expect(Live(page, "Live")).ToBeAttachedAsync();
        await page.GetByLabel("City").FillAsync("Boston");

        await service.KillAsync();
        await Assertions.Expect(Live(page, "Reconnecting")).ToBeAttachedAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByText("The service cannot be reached. Nothing was lost; try again in a moment.").First).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByLabel("City")).ToHaveValueAsync("Boston");
        await studio.ShootAsync("away");
        studio.Forget(); // refused connections are how it learns of it

        await service.StartAsync(host.Patience);
        await Assertions.Expect(Live(page, "Live")).ToBeAttachedAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Saved: Outage House")).ToBeVisibleAsync();
        await service.SignInAsync(host.Patience);
        ((string?)(await service.GetAsync($"/api/sites/{id}", host.Patience))["city"]).Should().Be("Boston");
    }

    [Fact]
    public async Task A_service_that_is_slow_to_answer_is_waited_for_with_a_word()
    {
        var id = await host.SiteAsync("Slow House");
        await using var studio = await host.OpenStudioAsync("fault-slow");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        var reading = new TaskCompletionSource();
        var saving = new TaskCompletionSource();
        await page.RouteAsync($"**/api/sites/{id}", async route =>
        {
            await (route.Request.Method == "PATCH" ? saving : reading).Task;
            await route.ContinueAsync();
        });
        await studio.GoAsync($"/records/sites/{id}");
        await Assertions.Expect(page.GetByText("The service takes its time to answer")).ToBeVisibleAsync();
        await studio.ShootAsync("reading");
        reading.SetResult();
        await studio.ShownAsync("Slow House");

        await page.GetByLabel("City").FillAsync("Denver");
        var save = page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save", Exact = true });
        await save.ClickAsync();
        await Assertions.Expect(save).ToBeDisabledAsync(); // so that nobody saves twice
        await Assertions.Expect(page.GetByLabel("City")).ToHaveValueAsync("Denver");
        await studio.ShootAsync("saving");
        saving.SetResult();
        await Assertions.Expect(page.GetByText("Saved: Slow House")).ToBeVisibleAsync();
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task What_happens_while_the_live_connection_is_cut_is_caught_up_on()
    {
        var (cuts, mayConnect) = (new List<Func<Task>>(), true);
        await using var studio = await host.OpenStudioAsync("cut");
        var page = studio.Page;
        await page.RouteWebSocketAsync("**/hubs/live*", socket =>
        {
            if (!mayConnect)
            {
                _ = socket.CloseAsync();
                return;
            }
            var server = socket.ConnectToServer();
            cuts.Add(async () =>
            {
                await server.CloseAsync();
                await socket.CloseAsync();
            });
        });
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/records/sites?q=Cut+House&sort=name");
        await Assertions.Expect(page.GetByText("Nothing fits the search")).ToBeVisibleAsync();
        await Assertions.Expect(Live(page, "Live")).ToBeAttachedAsync();
        await host.SiteAsync("Cut House A");
        await Assertions.Expect(page.GetByText("Cut House A")).ToBeVisibleAsync();

        mayConnect = false;
        foreach (var cut in cuts)
            await cut();
        await Assertions.Expect(Live(page, "Reconnecting")).ToBeAttachedAsync();
        await host.SiteAsync("Cut House B");
        await Assertions.Expect(page.GetByText("Cut House B")).ToHaveCountAsync(0);
        mayConnect = true;
        await Assertions.Expect(page.GetByText("Cut House B")).ToBeVisibleAsync();
        await Assertions.Expect(Live(page, "Live")).ToBeAttachedAsync();
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_large_file_is_kept_and_a_larger_one_refused_in_words()
    {
        var id = await host.SiteAsync("Upload House");
        await using var studio = await host.OpenStudioAsync("upload");
        await studio.SignedInAsync(await host.SessionAsync());
        var page = studio.Page;
        await studio.GoAsync($"/records/sites/{id}");
        await studio.ShownAsync("Upload House");
        await AttachAsync(page, "floor-plans.bin", 50);
        await Assertions.Expect(page.GetByText("Attached: floor-plans.bin")).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "floor-plans.bin", Exact = true })).ToBeVisibleAsync();
        await studio.ShouldBeCleanAsync();

        await AttachAsync(page, "film.bin", 70);
        await Assertions.Expect(page.GetByText("A file may have 64 MB.")).ToBeVisibleAsync();
        await studio.ShootAsync("refused");
        studio.Forget(); // the refusal is a 413
        var kept = (await host.Service.GetAsync($"/api/sites/{id}/files", host.Patience))["items"]!.AsArray();
        kept.Select(file => ((string?)file!["name"], (long)file["sizeBytes"]!)).Should().Equal(("floor-plans.bin", 50L << 20));
    }

    [Fact]
    public async Task Two_tabs_of_one_person_see_each_others_changes_and_keep_what_is_typed()
    {
        var id = await host.SiteAsync("Tab House");
        await using var studio = await host.OpenStudioAsync("tabs");
        await studio.SignedInAsync(await host.SessionAsync());
        var (first, second) = (studio.Page, await studio.NewPageAsync());
        foreach (var page in new[] { first, second })
        {
            await page.GotoAsync($"{host.Address}/records/sites/{id}");
            await Assertions.Expect(Live(page, "Live")).ToBeAttachedAsync();
        }
        await second.GetByLabel("State").FillAsync("MA");
        await first.GetByLabel("City").FillAsync("Boston");
        await first.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Assertions.Expect(first.GetByText("Saved: Tab House")).ToBeVisibleAsync();

        await Assertions.Expect(second.GetByLabel("City")).ToHaveValueAsync("Boston");
        await Assertions.Expect(second.GetByLabel("State")).ToHaveValueAsync("MA");
        await second.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Assertions.Expect(second.GetByText("Saved: Tab House")).ToBeVisibleAsync();
        studio.Forget(); // a 412 is how it learns that there is something to merge
        var saved = await host.Service.GetAsync($"/api/sites/{id}", host.Patience);
        ((string?)saved["city"], (string?)saved["state"]).Should().Be(("Boston", "MA"));
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_view_that_is_shared_is_there_for_others_to_use_and_not_to_change()
    {
        await host.SiteAsync("Shared House");
        await using (var studio = await host.OpenStudioAsync("view-shared"))
        {
            var page = studio.Page;
            await studio.SignedInAsync(await host.SessionAsync());
            await studio.GoAsync("/records/sites?name[startswith]=Shared+House");
            await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Views", Exact = true }).ClickAsync();
            await page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Save as a view …" }).ClickAsync();
            await page.GetByLabel("Name of the view").FillAsync("Shared houses");
            await page.GetByRole(AriaRole.Combobox, new PageGetByRoleOptions { Name = "Who sees it" }).ClickAsync();
            await page.GetByRole(AriaRole.Option, new PageGetByRoleOptions { Name = "Everybody here" }).ClickAsync();
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Save" }).ClickAsync();
            await Assertions.Expect(page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Shared houses 1" })).ToBeVisibleAsync();
            await studio.ShouldBeCleanAsync();
        }
        await using var other = await host.OpenStudioAsync("view-of-another");
        await other.SignedInAsync(await host.SessionAsync(await host.UserAsync("sites:read")));
        await other.GoAsync("/records/sites");
        await other.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Views", Exact = true }).ClickAsync();
        await Assertions.Expect(other.Page.GetByRole(AriaRole.Menuitem, new PageGetByRoleOptions { Name = "Delete “Shared houses”" })).ToHaveCountAsync(0);
        await other.ShootAsync("menu");
        await other.Page.GetByRole(AriaRole.Menu).GetByText("Shared houses").First.ClickAsync();
        await Assertions.Expect(other.Page.Locator("main tbody tr[aria-rowindex]")).ToHaveCountAsync(1);
        await other.ShouldBeCleanAsync();
    }

    private static ILocator Live(IPage page, string state) => page.GetByText(state, new PageGetByTextOptions { Exact = true });

    private static async Task AttachAsync(IPage page, string name, int megabytes)
    {
        var folder = Directory.CreateTempSubdirectory("switchboard-upload-");
        try
        {
            var path = Path.Combine(folder.FullName, name);
            await using (var file = File.Create(path))
                file.SetLength((long)megabytes << 20);
            var chooser = await page.RunAndWaitForFileChooserAsync(() => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Attach" }).ClickAsync());
            var answer = await page.RunAndWaitForResponseAsync(() => chooser.SetFilesAsync(path), answer => answer.Request.Method == "POST" && answer.Url.EndsWith("/files", StringComparison.Ordinal));
            await answer.FinishedAsync();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
