using System.Globalization;

using FluentAssertions;

using Switchboard.Tests.Support;

using Xunit;

namespace Switchboard.Chaos;

/// <summary>
/// <c>kill -9</c> of the host while a porting project runs. <c>./test</c> runs a short form; the long one is
/// <c>CHAOS_KILLS=50 CHAOS_NUMBERS=1000 dotnet test tests/Chaos</c>. A failure prints the seed; <c>CHAOS_SEED</c> repeats it.
/// </summary>
public sealed class KillTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private static readonly int Kills = Setting("CHAOS_KILLS", 4);
    private static readonly int Numbers = Setting("CHAOS_NUMBERS", 300);
    private static readonly int Seed = Setting("CHAOS_SEED", Environment.ProcessId);

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_nothing_happens_twice_when_the_host_is_killed()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2 + Kills));
        var ct = patience.Token;
        var random = new Random(Seed);
        await using var host = new HostProcess();
        await host.StartAsync(ct);
        await host.SignInAsync(ct);
        var project = new PortingProject(host, Numbers, Seed);
        await project.ImportAsync(ct);

        var driving = project.DriveAsync(clients: 16, ct);
        var stepsPerKill = Numbers * 5 / (Kills + 1);
        var killed = 0;
        for (var kill = 1; kill <= Kills && !project.Done.IsCompleted; kill++)
        {
            // Spread over the whole walk, each at a moment of its own.
            var threshold = Math.Max(1, ((kill - 1) * stepsPerKill) + random.Next(stepsPerKill));
            while (project.Acknowledged < threshold && !driving.IsCompleted)
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(1, 8)), TimeProvider.System, ct);
            project.HostIsDown();
            await host.KillAsync();
            killed++;
            await host.StartAsync(ct);
            project.HostIsUp();
        }
        await driving;

        await project.CheckAsync(ct);
        output.WriteLine($"{killed} kills among {project.Acknowledged} acknowledged actions of {Numbers} numbers: none lost, none twice. Seed {Seed}.");
        killed.Should().Be(Kills, "each was to fall into the work");
    }

    [Theory]
    [InlineData("before_commit")]
    [InlineData("in_commit")]
    [InlineData("after_commit")]
    public async Task Every_point_of_the_commit_is_a_safe_one_to_die_at(string point)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(4));
        var ct = patience.Token;
        var random = new Random(Seed);
        await using var host = new HostProcess();
        await host.StartAsync(ct);
        await host.SignInAsync(ct);
        var project = new PortingProject(host, numbers: 40, Seed);
        await project.ImportAsync(ct);

        await host.KillAsync();
        await host.StartAsync(ct, ("SWITCHBOARD_FAIL_POINT", $"{point}:{random.Next(5, 25)}"));
        var driving = project.DriveAsync(clients: 8, ct);
        await host.ExitedAsync(ct);
        project.HostIsDown();
        driving.IsCompleted.Should().BeFalse("the host must have died at {0} while there was work", point);
        await host.StartAsync(ct);
        project.HostIsUp();
        await driving;

        await project.CheckAsync(ct);
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
