using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

using FluentAssertions;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Engine.Tests.Host;

/// <summary>The program as a process: what it prints and how it ends.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task Help_lists_every_command_and_setting()
    {
        var (code, output, _) = await RunAsync(["--help"]);

        code.Should().Be(0);
        output.Should().ContainAll("serve", "migrate --print", "doctor");
        output.Should().ContainAll(Switchboard.Host.Settings.All.Select(setting => setting.Name));
    }

    [Fact]
    public async Task A_command_that_is_none_is_a_usage_error()
    {
        var (code, _, errors) = await RunAsync(["serv"]);

        code.Should().Be(2);
        errors.Should().Contain("\"serv\" is not a command").And.Contain("switchboard serve");
    }

    [Fact]
    public async Task A_misspelt_setting_ends_the_program_before_it_begins()
    {
        var (code, output, errors) = await RunAsync(["serve"], ("SWITCHBOARD_PORT", "80"));

        code.Should().Be(2);
        errors.Trim().Should().StartWith("SWITCHBOARD_PORT is not a setting; did you mean SWITCHBOARD_");
        output.Should().BeEmpty();
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_named_without_its_password()
    {
        var (code, _, errors) = await RunAsync(["migrate"], ("SWITCHBOARD_DB", $"Host=127.0.0.1;Port={FreePort()};Database=d;Username=u;Password=s3cret-word"));

        code.Should().Be(1);
        errors.Should().Contain("SWITCHBOARD_DB").And.Contain("database d").And.NotContain("s3cret-word");
    }

    [Fact]
    public async Task Migrating_twice_is_as_good_as_once_and_nothing_is_left_to_draft()
    {
        var database = await TestPostgres.CreateEmptyDatabaseAsync("migrate");

        (await RunAsync(["migrate"], ("SWITCHBOARD_DB", database))).Code.Should().Be(0);
        (await RunAsync(["migrate"], ("SWITCHBOARD_DB", database))).Code.Should().Be(0);
        var (code, output, _) = await RunAsync(["migrate", "--print"], ("SWITCHBOARD_DB", database));

        code.Should().Be(0);
        output.Trim().Should().StartWith("--", "the record types ask for nothing that the migrations do not have");
    }

    [Fact]
    public async Task Two_services_on_one_address_are_told_apart()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var database = await TestPostgres.CreateDatabaseAsync("address");

        var (code, _, errors) = await RunAsync(["serve"], ("SWITCHBOARD_DB", database), ("SWITCHBOARD_URL", $"http://{listener.LocalEndpoint}"));

        code.Should().Be(4);
        errors.Should().Contain(listener.LocalEndpoint.ToString()).And.Contain("SWITCHBOARD_URL");
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_ends_the_service_cleanly(string signal)
    {
        var database = await TestPostgres.CreateDatabaseAsync("signal");
        using var process = Start(["serve"], [("SWITCHBOARD_DB", database), ("SWITCHBOARD_URL", $"http://127.0.0.1:{FreePort()}")]);
        var output = process.StandardOutput;
        string? line;
        do
        {
            line = await output.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        while (line is not null && !line.StartsWith("Switchboard is ready", StringComparison.Ordinal));
        line.Should().NotBeNull("the service gets ready");
        _ = output.ReadToEndAsync();

        using var kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

        process.ExitCode.Should().Be(0);
        (await process.StandardError.ReadToEndAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task The_doctor_finds_what_is_wrong_and_says_how_to_mend_it()
    {
        var (code, output, _) = await RunAsync(["doctor"], ("SWITCHBOARD_DB", $"Host=127.0.0.1;Port={FreePort()};Database=d;Username=u;Password=p"), ("SWITCHBOARD_URL", "http://127.0.0.1:1"));

        code.Should().Be(1);
        output.Should().Contain("FAIL  database").And.Contain("Check SWITCHBOARD_DB").And.Contain("ok    settings").And.Contain("ok    Node.js");
    }

    [Fact]
    public async Task The_doctor_has_nothing_to_say_of_a_healthy_place()
    {
        var (code, output, _) = await RunAsync(
            ["doctor"], ("SWITCHBOARD_DB", await TestPostgres.CreateDatabaseAsync("doctor")), ("SWITCHBOARD_URL", $"http://127.0.0.1:{FreePort()}"));

        output.Should().EndWith("No problem found.\n");
        code.Should().Be(0);
    }

    [Fact]
    public async Task The_doctor_tells_of_an_order_of_text_that_makes_lists_slow()
    {
        var owner = await TestPostgres.CreateEmptyDatabaseAsync("doctor", "locale_provider libc locale 'C.UTF-8'");

        var (code, output, _) = await RunAsync(["doctor"], ("SWITCHBOARD_DB", owner), ("SWITCHBOARD_URL", $"http://127.0.0.1:{FreePort()}"));

        output.Should().Contain("slow  order of text: the database sorts by the rules of C.UTF-8").And.Contain("builtin_locale").And.EndWith("No problem found.\n");
        code.Should().Be(0);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments, params (string Name, string Value)[] settings)
    {
        using var process = Start(arguments, settings);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(90));
        return (process.ExitCode, await output, await errors);
    }

    private static Process Start(string[] arguments, (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "switchboard.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("SWITCHBOARD_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
