using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>The lead's inbox: a rejected LOA is mended by mouse, several are taken by keyboard alone, and two people do not get in each other's way.</summary>
[Collection(nameof(StudioCollection))]
public sealed class InboxTests(DesignerHost host)
{
    [Fact]
    public async Task A_rejection_is_claimed_filled_in_and_completed_and_the_number_goes_on()
    {
        var number = await RejectedAsync("+12125550101");
        await using var studio = await host.OpenStudioAsync("inbox");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/inbox?tab=available&q=12125550101");
        await studio.ShownAsync("Inbox");
        await studio.ShootAsync("list");
        await AccessibleAsync(studio, "the inbox");
        await studio.Page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "LOA of +12125550101 rejected" }).ClickAsync();

        await studio.ShownAsync("LOA of +12125550101 rejected: account_number_mismatch");
        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Claim" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByLabel("Submit again")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("porting-rejection-remedy")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("With you")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByLabel("Comment")).ToHaveCountAsync(0); // the action takes none
        await studio.ShootAsync("task");
        await AccessibleAsync(studio, "a task");

        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Complete" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("Choose an outcome.")).ToBeVisibleAsync();
        await studio.Page.GetByLabel("Submit again").CheckAsync();
        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Complete" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("This task is done")).ToBeVisibleAsync();
        await studio.ShootAsync("done");
        ((string?)(await host.Service.GetAsync($"/api/phone-numbers/{number}", host.Patience))["status"]).Should().Be("loa_submitted");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task A_comment_is_kept_while_it_is_typed_and_goes_with_the_outcome()
    {
        var instance = await host.ExecuteAsync(await host.PublishAsync(new JsonObject
        {
            ["definitionId"] = "inbox-call-back",
            ["name"] = "Call back",
            ["root"] = new JsonObject
            {
                ["id"] = "ask",
                ["type"] = "Switchboard.UserTask",
                ["version"] = 1,
                ["title"] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = "Call the customer" } },
            },
        }));
        var id = (string)(await host.Service.GetAsync($"/api/tasks?instanceId={instance}", host.Patience))["items"]![0]!["id"]!;
        await using var studio = await host.OpenStudioAsync("inbox-draft");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync($"/inbox/{id}");
        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Claim" }).ClickAsync();
        await studio.Page.GetByLabel("Comment").FillAsync("They are away until Monday.");
        await Assertions.Expect(studio.Page.GetByText("Draft saved")).ToBeVisibleAsync();

        await studio.Page.ReloadAsync(); // as on another device
        await Assertions.Expect(studio.Page.GetByLabel("Comment")).ToHaveValueAsync("They are away until Monday.");
        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Complete" }).ClickAsync();
        await Assertions.Expect(studio.Page.GetByText("This task is done")).ToBeVisibleAsync();
        ((string?)(await host.Service.GetAsync($"/api/tasks/{id}", host.Patience))["data"]!["comment"]).Should().Be("They are away until Monday.");
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Several_are_taken_given_back_and_finished_by_keyboard_alone()
    {
        await RejectedAsync("+12125550201");
        await RejectedAsync("+12125550202");
        await using var studio = await host.OpenStudioAsync("inbox-keys");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/inbox?q=121255502");
        await Assertions.Expect(studio.Page.GetByText("No task fits these filters")).ToBeVisibleAsync();
        await studio.Page.Keyboard.PressAsync("2");
        await Assertions.Expect(studio.Page.Locator("tbody tr[aria-rowindex]")).ToHaveCountAsync(2);
        foreach (var key in new[] { "j", "x", "j", "x" })
            await studio.Page.Keyboard.PressAsync(key);
        await Assertions.Expect(studio.Page.GetByText("2 tasks selected")).ToBeVisibleAsync();
        await studio.Page.Keyboard.PressAsync("c");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("2 of 2 done");
        await studio.ShootAsync("bulk");
        await studio.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);

        await studio.Page.Keyboard.PressAsync("1");
        await Assertions.Expect(studio.Page.Locator("tbody tr[aria-rowindex]")).ToHaveCountAsync(2);
        await studio.Page.Keyboard.PressAsync("j");
        await studio.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(studio.Page.GetByLabel("Submit again")).ToBeVisibleAsync();
        await studio.Page.Keyboard.PressAsync("r");
        await Assertions.Expect(studio.Page.GetByText("Claim it to work on it.")).ToBeVisibleAsync();
        await studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Undo" }).PressAsync("Enter");
        await Assertions.Expect(studio.Page.GetByLabel("Submit again")).ToBeVisibleAsync();
        for (var steps = 0; await studio.Page.EvaluateAsync<string?>("() => document.activeElement.getAttribute('type')") != "radio"; steps++)
        {
            steps.Should().BeLessThan(60, "the outcomes can be reached by Tab");
            await studio.Page.Keyboard.PressAsync("Tab");
        }
        await studio.Page.Keyboard.PressAsync("Space");
        await studio.Page.Keyboard.PressAsync("Control+Enter");
        await Assertions.Expect(studio.Page.GetByText("This task is done")).ToBeVisibleAsync();
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task What_is_not_pressing_is_among_all_and_does_not_need_attention()
    {
        await RejectedAsync("+12125550401");
        await using var studio = await host.OpenStudioAsync("inbox-attention");
        await studio.SignedInAsync(await host.SessionAsync());
        await studio.GoAsync("/inbox?tab=attention&q=12125550401");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Tab, new PageGetByRoleOptions { Name = "Needs attention", Selected = true })).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("No task fits these filters")).ToBeVisibleAsync();
        await studio.Page.GetByRole(AriaRole.Tab, new PageGetByRoleOptions { Name = "All", Exact = true }).ClickAsync();
        await Assertions.Expect(studio.Page.Locator("tbody tr[aria-rowindex]")).ToHaveCountAsync(1);
        await studio.ShouldBeCleanAsync();
    }

    [Fact]
    public async Task Who_comes_second_sees_at_once_who_has_it()
    {
        await RejectedAsync("+12125550301");
        var task = (await host.Service.GetAsync("/api/tasks?q=12125550301", host.Patience))["items"]![0]!;
        await using var studio = await host.OpenStudioAsync("inbox-race");
        var email = await host.UserAsync("tasks:*", "users:read");
        await studio.SignedInAsync(await host.SessionAsync(email));
        await studio.GoAsync($"/inbox/{task["id"]}");
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Claim" })).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByText("Live", new PageGetByTextOptions { Exact = true })).ToBeAttachedAsync();

        await host.Service.PostAsync($"/api/tasks/{task["id"]}/claim", new { }, host.Patience);

        await Assertions.Expect(studio.Page.GetByText("Administrator works on this. You can read it.")).ToBeVisibleAsync();
        await Assertions.Expect(studio.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Claim" })).ToHaveCountAsync(0);
        await studio.ShouldBeCleanAsync();
    }

    /// <summary>A number whose LOA was rejected, so that a task asks somebody to mend that; its id.</summary>
    private async Task<string> RejectedAsync(string number)
    {
        var siteId = await host.SiteAsync($"Site of {number}");
        var migrationId = (string)(await host.Service.PostAsync("/api/migrations", new { name = $"Migration of {number}", siteId, routingType = "direct_routing" }, host.Patience))["id"]!;
        var id = (string)(await host.Service.PostAsync("/api/phone-numbers", new { number, type = "user", migrationId }, host.Patience))["id"]!;
        await host.Service.PostAsync($"/api/phone-numbers/{id}/actions/submit_loa", new { }, host.Patience);
        await host.Service.PostAsync($"/api/phone-numbers/{id}/actions/reject_loa", new { reasonCode = "account_number_mismatch" }, host.Patience);
        return id;
    }

    private static async Task AccessibleAsync(Studio studio, string where)
    {
        foreach (var (width, height) in new[] { (320, 640), (1280, 800) })
        {
            await studio.Page.SetViewportSizeAsync(width, height);
            foreach (var scheme in new[] { ColorScheme.Dark, ColorScheme.Light })
            {
                await studio.Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = scheme });
                await Assertions.Expect(studio.Page.Locator($"html[data-mantine-color-scheme={(scheme == ColorScheme.Dark ? "dark" : "light")}]")).ToBeAttachedAsync();
                await studio.ShootAsync($"{where.Replace(' ', '-')}-{width}-{scheme}");
                await studio.ShouldBeAccessibleAsync($"{where} at {width}, {scheme}");
            }
        }
    }
}
