using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Playwright;

using Xunit;

namespace Switchboard.E2e;

/// <summary>A process owner moves running instances to another version, a few first, and takes it back.</summary>
[Collection(nameof(DesignerCollection))]
public sealed class MigratingTests(DesignerHost host)
{
    [Fact]
    public async Task Instances_are_mapped_tried_moved_and_moved_back()
    {
        await host.PublishAsync(Definition("wait"));
        var instances = new List<string>();
        for (var i = 0; i < 3; i++)
            instances.Add(await host.ExecuteAsync("moving"));
        await host.PublishAsync(Definition("waits-longer"));
        await using var designer = await host.OpenAsync("migrate");
        await designer.SignedInAsync(await host.SessionAsync());
        var page = designer.Page;
        await designer.GoAsync("definitions/moving/migrate?from=1&to=2");
        var results = page.GetByRole(AriaRole.Region, new PageGetByRoleOptions { Name = "What becomes of the instances" });
        var heading = results.Locator("h2");

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Preview" }).ClickAsync();
        await Assertions.Expect(heading).ToHaveTextAsync("Preview: 0 of 3 can be moved");
        await Assertions.Expect(results.Locator("tbody tr")).ToContainTextAsync("cannot be moved (activity_missing)");
        await designer.ShootAsync("refused");

        await page.GetByLabel("Where wait (Event) is found again").SelectOptionAsync("waits-longer");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Preview" }).ClickAsync();
        await Assertions.Expect(heading).ToHaveTextAsync("Preview: 3 of 3 can be moved");
        await results.Locator("tbody button").ClickAsync();
        await Assertions.Expect(results.Locator("li").First).ToContainTextAsync("waits-longer: renamed");
        (await VersionsAsync(instances)).Should().Equal(1, 1, 1);
        await designer.ShootAsync("preview");

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Move a few" }).ClickAsync();
        await Assertions.Expect(heading).ToHaveTextAsync("1 moved, 2 left");
        (await VersionsAsync(instances)).Should().Equal(2, 1, 1);
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Move the rest" }).ClickAsync();
        await Assertions.Expect(heading).ToHaveTextAsync("2 moved");
        (await VersionsAsync(instances)).Should().Equal(2, 2, 2);
        await designer.ShootAsync("moved");

        await results.GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(heading).ToHaveTextAsync("2 taken back");
        (await VersionsAsync(instances)).Should().Equal(2, 1, 1);
        await designer.ShouldBeCleanAsync();
    }

    private async Task<List<int>> VersionsAsync(List<string> instances)
    {
        var versions = new List<int>();
        foreach (var id in instances)
        {
            var instance = JsonNode.Parse(await host.Service.Client.GetStringAsync($"/api/workflow-instances/{id}", host.Patience))!;
            versions.Add((int)instance["definition"]!["version"]!);
        }
        return versions;
    }

    private static JsonObject Definition(string wait) => new()
    {
        ["definitionId"] = "moving",
        ["name"] = "moving",
        ["root"] = new JsonObject
        {
            ["id"] = "seq",
            ["type"] = "Elsa.Sequence",
            ["version"] = 1,
            ["activities"] = new JsonArray(new JsonObject
            {
                ["id"] = wait,
                ["name"] = wait,
                ["type"] = "Elsa.Event",
                ["version"] = 1,
                ["eventName"] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = "moving-goes-on" } },
            }),
        },
    };
}
