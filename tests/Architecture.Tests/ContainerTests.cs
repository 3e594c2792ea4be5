using FluentAssertions;

using Xunit;

using YamlDotNet.Serialization;

namespace Switchboard.Architecture.Tests;

/// <summary>What can be known of the containers without building them.</summary>
public sealed class ContainerTests
{
    private static readonly string[] Dockerfile = SourceTree.Read("Dockerfile").Split('\n');

    private static readonly Dictionary<string, object> Compose = new DeserializerBuilder().Build()
        .Deserialize<Dictionary<string, object>>(SourceTree.Read("docker-compose.yml"));

    [Fact]
    public void The_image_is_built_in_stages_and_runs_without_the_sdk_and_without_root()
    {
        var stages = Dockerfile.Where(line => line.StartsWith("FROM ", StringComparison.Ordinal)).ToList();
        stages.Should().HaveCountGreaterThan(1);
        stages[^1].Should().Contain("aspnet").And.NotContain("sdk");
        stages.Should().OnlyContain(stage => stage.Contains(':', StringComparison.Ordinal) && !stage.Contains(":latest", StringComparison.Ordinal));

        var user = Dockerfile.Last(line => line.StartsWith("USER ", StringComparison.Ordinal));
        int.Parse(user["USER ".Length..]).Should().BeGreaterThan(0, "a number, so that an orchestrator can see that it is not root");
        Array.FindIndex(Dockerfile, line => line.StartsWith("ENTRYPOINT", StringComparison.Ordinal)).Should().BeGreaterThan(Array.IndexOf(Dockerfile, user));
    }

    [Fact]
    public void The_image_says_when_it_is_healthy_and_holds_no_secret()
    {
        var text = string.Join('\n', Dockerfile);
        text.Should().Contain("HEALTHCHECK").And.Contain("/health/ready");
        text.Should().NotContainAny("PASSWORD", "SECRET", "TOKEN");
        Dockerfile.Where(line => line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal))
            .Should().NotContain(line => line.StartsWith("COPY . ", StringComparison.Ordinal), "what is copied is named");
    }

    [Fact]
    public void Every_file_that_the_image_copies_is_there()
    {
        var missing =
            from line in Dockerfile
            where line.StartsWith("COPY ", StringComparison.Ordinal) && !line.Contains("--from", StringComparison.Ordinal)
            from source in line.Split(' ')[1..^1]
            where !Path.Exists(Path.Combine(SourceTree.Root, source))
            select source;

        missing.Should().BeEmpty();
    }

    [Fact]
    public void Compose_runs_PostgreSQL_18_and_the_service_each_with_a_health_check_and_a_volume()
    {
        var services = Map(Compose["services"]);

        services.Keys.Cast<string>().Should().BeEquivalentTo("postgres", "switchboard");
        ((string)Map(services["postgres"])["image"]).Should().StartWith("postgres:18");
        foreach (var service in services.Values.Select(Map))
        {
            service.Should().ContainKeys("healthcheck", "volumes", "restart");
        }

        var volumes = services.Values.SelectMany(service => (List<object>)Map(service)["volumes"]).Select(volume => ((string)volume).Split(':')[0]);
        Map(Compose["volumes"]).Keys.Cast<string>().Should().Contain(volumes);
        Map(Map(Map(services["switchboard"])["depends_on"])["postgres"])["condition"].Should().Be("service_healthy");
    }

    [Fact]
    public void Compose_has_no_default_secret_and_publishes_the_service_to_this_machine_alone()
    {
        var services = Map(Compose["services"]);
        var environment = services.Values.Select(Map).SelectMany(service => Map(service["environment"])).ToList();

        foreach (var (name, value) in environment.Where(pair => ((string)pair.Value).Contains("Password", StringComparison.OrdinalIgnoreCase)
            || ((string)pair.Key).Contains("PASSWORD", StringComparison.Ordinal)))
        {
            ((string)value).Should().MatchRegex(@"\$\{[A-Z_]+:[?-]", $"{name} comes from outside");
            ((string)value).Should().NotMatchRegex(@"\$\{[A-Z_]*PASSWORD:-[^}]", $"{name} has no default");
        }

        Map(services["postgres"]).Should().NotContainKey("ports");
        ((List<object>)Map(services["switchboard"])["ports"]).Cast<string>().Should().OnlyContain(port => port.StartsWith("127.0.0.1:", StringComparison.Ordinal));
        Map(services["switchboard"])["read_only"].Should().Be("true");
    }

    private static Dictionary<object, object> Map(object node) => (Dictionary<object, object>)node;
}
