using System.Text.Json.Nodes;

using FluentAssertions;

using Switchboard.Engine.Tests.Http;
using Switchboard.Host.Artefacts;

using Xunit;

namespace Switchboard.Engine.Tests.Artefacts;

/// <summary>Artefacts between a folder and a service, as the command line moves them.</summary>
[Collection(nameof(ApiHost))]
public sealed class ArtefactCommandTests(ApiHost host) : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("switchboard-artefacts-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_is_pulled_and_edited_can_be_checked_tested_pushed_and_then_does_not_differ()
    {
        var (_, client) = await host.TenantAsync("CommandLine");
        var service = new[] { "--url", host.Address.ToString(), "--token", client.DefaultRequestHeaders.Authorization!.Parameter! };
        (await RunAsync(["pull", folder, .. service])).Code.Should().Be(0);
        File.Exists(Path.Combine(folder, "workflows/definitions/number-porting.json")).Should().BeTrue();
        (await RunAsync(["diff", folder, .. service])).Should().Be((0, "No differences.\n", ""));
        (await RunAsync(["lint", folder])).Code.Should().Be(0);

        var template = Path.Combine(folder, "workflows/templates/port-day.txt.hbs");
        await File.AppendAllTextAsync(template, "{{!-- test: {\"name\": \"knows the number\", \"input\": {\"phoneNumber\": {\"number\": \"+1\"}}, \"contains\": [\"+2\"]} --}}\n");
        var failed = await RunAsync(["test", folder]);
        failed.Code.Should().Be(1);
        failed.Output.Should().Contain("FAILED workflows/templates/port-day.txt.hbs: knows the number");
        await File.WriteAllTextAsync(template, (await File.ReadAllTextAsync(template)).Replace("\"+2\"", "\"+1\"", StringComparison.Ordinal) + "Good luck.\n");
        (await RunAsync(["test", folder])).Code.Should().Be(0);

        var differs = await RunAsync(["diff", folder, .. service]);
        differs.Code.Should().Be(1);
        differs.Output.Should().Contain("added line Good luck.").And.Contain("added test knows the number");
        (await RunAsync(["push", folder, "--dry-run", .. service])).Output.Should().Contain("port-day.txt.hbs: changed").And.Contain("1 would be sent");
        (await client.OkAsync(HttpMethod.Get, "/api/artefacts/template/port-day"))["shipped"]!.GetValue<bool>().Should().BeTrue("a dry run changes nothing");
        var pushed = await RunAsync(["push", folder, "--publish", "--comment", "Wishes luck", .. service]);
        pushed.Output.Should().Contain("port-day.txt.hbs: version 2").And.Contain("1 published, 0 refused");

        (await RunAsync(["diff", folder, .. service])).Should().Be((0, "No differences.\n", ""));
        var published = await client.OkAsync(HttpMethod.Get, "/api/artefacts/template/port-day");
        (published["version"]!.GetValue<int>(), published["comment"]!.ToString()).Should().Be((2, "Wishes luck"));
        (await host.Admin.OkAsync(HttpMethod.Get, "/api/artefacts/template/port-day"))["shipped"]!.GetValue<bool>().Should().BeTrue("it is another tenant's");
    }

    [Fact]
    public async Task A_published_workflow_is_the_same_though_it_says_its_version()
    {
        var (_, client) = await host.TenantAsync("CommandLineWorkflows");
        var service = new[] { "--url", host.Address.ToString(), "--token", client.DefaultRequestHeaders.Authorization!.Parameter! };
        Write("workflows/definitions/hello.json", """{"definitionId": "hello", "name": "Hello", "root": {"id": "line", "type": "Elsa.WriteLine", "version": 1, "text": {"typeName": "String", "expression": {"type": "Literal", "value": "Hello"}}}}""");

        (await RunAsync(["push", folder, "--publish", .. service])).Output.Should().Contain("hello.json: version 1");
        (await RunAsync(["push", folder, "--publish", .. service])).Output.Should().Contain("0 published");
        (await RunAsync(["diff", folder, .. service])).Code.Should().Be(0);
    }

    [Fact]
    public async Task Lint_names_file_line_and_what_was_meant()
    {
        Write("workflows/forms/broken.json", "{\n  \"schemaVersion\": 9,\n  \"components\": [{\"type\": \"txtfield\",\n \"id\": \"f1\", \"key\": \"a\"}]\n}");
        Write("workflows/calendars/broken.yaml", "name: x\nhours: {}\ntimezone: Nowhere/Town\n");

        var (code, output, _) = await RunAsync(["lint", folder]);
        var (_, json, _) = await RunAsync(["lint", folder, "--json", "--kind", "form"]);

        code.Should().Be(1);
        output.Should().Contain("workflows/forms/broken.json:3: error unknown_component").And.Contain("the nearest is textfield");
        output.Should().Contain("workflows/calendars/broken.yaml:3: error unknown_timezone");
        var read = JsonNode.Parse(json)!;
        read["ok"]!.GetValue<bool>().Should().BeFalse();
        read["items"]!.AsArray().Should().ContainSingle().Which!["problem"]!["line"]!.GetValue<int>().Should().Be(3);
    }

    [Fact]
    public async Task A_draft_of_somebody_else_is_not_overwritten_unless_it_is_said()
    {
        var (_, client) = await host.TenantAsync("CommandLineDrafts");
        var service = new[] { "--url", host.Address.ToString(), "--token", client.DefaultRequestHeaders.Authorization!.Parameter! };
        using var saved = await client.SaveAsync("template", "shared", "Theirs");
        Write("workflows/templates/shared.txt.hbs", "Mine");

        var refused = await RunAsync(["push", folder, .. service]);
        var forced = await RunAsync(["push", folder, "--force", .. service]);

        refused.Code.Should().Be(1);
        refused.Output.Should().Contain("has a draft of it there");
        forced.Code.Should().Be(0);
        (await client.OkAsync(HttpMethod.Get, "/api/artefacts/template/shared/draft"))["content"]!.ToString().Should().Be("Mine");
    }

    [Theory]
    [InlineData("is not one of", "pul")]
    [InlineData("say what to do")]
    [InlineData("needs a value", "lint", "--kind")]
    [InlineData("is not known to lint", "lint", "--publish")]
    [InlineData("needs --token", "pull", "--url", "http://127.0.0.1:1")]
    [InlineData("is not the address of a service", "lint", "--url", "nonsense")]
    public async Task Wrong_usage_is_code_2_and_shows_the_usage(string problem, params string[] arguments)
    {
        var (code, _, errors) = await RunAsync(arguments);

        code.Should().Be(2);
        errors.Should().Contain(problem).And.Contain("switchboard artefacts push");
    }

    [Fact]
    public async Task A_service_that_does_not_answer_or_refuses_is_code_1()
    {
        (await RunAsync(["pull", folder, "--url", "http://127.0.0.1:1", "--token", "x"])).Should().Match<(int Code, string Output, string Errors)>(
            run => run.Code == 1 && run.Errors.Contains("does not answer", StringComparison.Ordinal));
        (await RunAsync(["pull", folder, "--url", host.Address.ToString(), "--token", "x"])).Should().Match<(int Code, string Output, string Errors)>(
            run => run.Code == 1 && run.Errors.Contains("401", StringComparison.Ordinal));
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyList<string> arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var code = await ArtefactCommand.RunAsync(arguments, output, errors, CancellationToken.None);
        return (code, output.ToString(), errors.ToString());
    }
}
