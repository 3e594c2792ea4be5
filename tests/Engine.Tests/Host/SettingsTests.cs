using FluentAssertions;

using Microsoft.Extensions.Logging;

using Switchboard.Host;
using Switchboard.Workflows.Activities.Flow;

using Xunit;

namespace Switchboard.Engine.Tests.Host;

public sealed class SettingsTests
{
    [Fact]
    public void Without_any_the_service_listens_on_the_loopback_and_keeps_its_own_database()
    {
        var settings = Read();

        settings.Url.Should().Be("http://127.0.0.1:8080");
        settings.Db.Should().BeNull();
        settings.Data.Should().Be(".data");
        settings.Demo.Should().BeFalse();
        settings.LogFormat.Should().Be("json");
        settings.LogLevel.Should().Be(LogLevel.Information);
    }

    [Fact]
    public void Each_is_read_and_an_empty_one_is_not_set()
    {
        var settings = Read(
            ("SWITCHBOARD_URL", "http://0.0.0.0:80;http://*:81"), ("SWITCHBOARD_DEMO", "true"), ("SWITCHBOARD_FLOWCHART_MODE", "token"),
            ("SWITCHBOARD_LOG_LEVEL", "warning"), ("SWITCHBOARD_DB", ""), ("PATH", "/bin"));

        settings.Url.Should().Be("http://0.0.0.0:80;http://*:81");
        settings.Demo.Should().BeTrue();
        settings.FlowchartMode.Should().Be(FlowchartMode.TokenBased);
        settings.LogLevel.Should().Be(LogLevel.Warning);
        settings.Db.Should().BeNull();
    }

    [Fact]
    public void Lists_of_pauses_and_networks_are_read()
    {
        var settings = Read(("SWITCHBOARD_WEBHOOK_PAUSES", "5s, 10m,720h"), ("SWITCHBOARD_WEBHOOK_NETWORKS", "10.1.0.0/16, fd00::/8"));

        settings.Webhooks.Pauses.Should().Equal(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10), TimeSpan.FromDays(30));
        settings.Webhooks.Networks.Select(network => network.ToString()).Should().Equal("10.1.0.0/16", "fd00::/8");
        settings.Webhooks.Invoking(options => options.Validate()).Should().NotThrow();
    }

    [Theory]
    [InlineData("SWITCHBOARD_ULR", "SWITCHBOARD_URL")]
    [InlineData("SWITCHBOARD_ADMIN_MAIL", "SWITCHBOARD_ADMIN_EMAIL")]
    [InlineData("SWITCHBOARD_DATABASE", "SWITCHBOARD_DATA")]
    [InlineData("switchboard_demo", "SWITCHBOARD_DEMO")]
    public void A_misspelt_one_is_refused_with_the_nearest_that_there_is(string name, string nearest) =>
        Refusal((name, "x")).Should().Be($"{name} is not a setting; did you mean {nearest}?");

    [Theory]
    [InlineData("SWITCHBOARD_URL", "localhost:8080", "http://")]
    [InlineData("SWITCHBOARD_URL", "https://localhost", "proxy")]
    [InlineData("SWITCHBOARD_URL", "http://localhost/app", "no path")]
    [InlineData("SWITCHBOARD_DB", "Host=here", "names no Database")]
    [InlineData("SWITCHBOARD_DB", "postgres://here/db", "not a connection string")]
    [InlineData("SWITCHBOARD_DEMO", "yes", "none of true, false")]
    [InlineData("SWITCHBOARD_FLOWCHART_MODE", "both", "none of counter, token")]
    [InlineData("SWITCHBOARD_LOG_LEVEL", "loud", "none of trace")]
    [InlineData("SWITCHBOARD_ADMIN_EMAIL", "nobody", "e-mail address")]
    [InlineData("SWITCHBOARD_REQUESTS_A_MINUTE", "0", "from 1")]
    [InlineData("SWITCHBOARD_BODY_KB", "63", "from 64")]
    [InlineData("SWITCHBOARD_KEY", "c2hvcnQ=", "32 bytes")]
    [InlineData("SWITCHBOARD_POSTGRES", "no-such-folder", "not a folder")]
    [InlineData("SWITCHBOARD_WEBHOOK_NETWORKS", "10.0.0.1/40", "no list of networks")]
    [InlineData("SWITCHBOARD_WEBHOOK_PAUSES", "5s,5", "no list of pauses")]
    [InlineData("SWITCHBOARD_WEBHOOK_PAUSES", "0s", "no list of pauses")]
    [InlineData("SWITCHBOARD_WEBHOOK_FAILING_DAYS", "0", "from 1")]
    public void A_wrong_value_is_refused_with_its_name_and_the_rule(string name, string value, string rule) =>
        Refusal((name, value)).Should().StartWith(name).And.Contain(rule);

    [Fact]
    public void All_that_is_wrong_is_said_at_once_and_secrets_are_not_repeated()
    {
        var refusal = Refusal(("SWITCHBOARD_ADMIN_PASSWORD", "hunter2"), ("SWITCHBOARD_DB", "Host=h;Password=s3cret;Nonsense=1"), ("SWITCHBOARD_DEMO", "1"));

        refusal.Split('\n').Should().HaveCountGreaterThanOrEqualTo(3);
        refusal.Should().NotContainAny("hunter2", "s3cret");
    }

    [Fact]
    public void Every_one_says_what_it_is_for_and_what_it_is_when_unset()
    {
        foreach (var setting in Settings.All)
        {
            setting.Name.Should().MatchRegex("^SWITCHBOARD_[A-Z_]+$");
            setting.Doc.Should().EndWith(".").And.NotStartWith("The setting");
            setting.Default.Should().NotBeEmpty();
        }
    }

    private static Settings Read(params (string Name, string Value)[] variables) =>
        Settings.From(variables.Select(variable => KeyValuePair.Create(variable.Name, (string?)variable.Value)));

    private static string Refusal(params (string Name, string Value)[] variables) =>
        FluentActions.Invoking(() => Read(variables)).Should().Throw<SettingsException>().Which.Message;
}
