using System.Net;
using System.Text;
using System.Text.Json.Nodes;

using FluentAssertions;

using Microsoft.Extensions.DependencyInjection;

using Switchboard.Data;
using Switchboard.Engine.Tests.Http;
using Switchboard.Runtime.Activities.Http;

using Xunit;

namespace Switchboard.Engine.Tests.Elsa;

/// <summary>Workflows that serve and send HTTP requests, against a real receiver.</summary>
[Collection(nameof(ApiHost))]
public sealed class HttpActivityTests(ApiHost host)
{
    [Fact]
    public async Task A_request_is_sent_after_the_step_and_its_answer_chooses_the_way()
    {
        using var receiver = Receiver.Start(context => (context.Request.HttpMethod == "POST" ? 201 : 404, """{"said": "hello"}"""));
        var id = await host.Admin.PublishAsync(Asking("http-flow", $"{receiver.Address}order?x=1"));
        using var open = Open();

        var instance = await host.Admin.ExecuteAsync(id);
        await host.Admin.WaitForAsync(instance, "Finished");

        (await host.Admin.LinesAsync(instance)).Should().BeEquivalentTo("created hello", "done");
        receiver.Heard.Should().ContainSingle().Which.Should().Be("POST /order?x=1 secret {\"a\":1}");
        var journal = await host.Admin.JournalAsync(instance);
        journal.ToJsonString().Should().NotContain("secret", "what is sensitive is not written down");
    }

    [Fact]
    public async Task A_secret_is_put_into_the_request_and_stands_nowhere_else()
    {
        using var receiver = Receiver.Start(_ => (200, "{}"));
        await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/secrets", new { name = "carrier-token", value = "Bearer nobody-shall-read-this", scope = "127.0.0.1", metadata = new { } });
        var asking = Asking("http-secret", $"{receiver.Address}order");
        var ask = asking["root"]!["activities"]![0]!.AsObject();
        ask["authorization"] = Draw.Input("Secret", "carrier-token");
        ask["expectedStatusCodes"] = Draw.Input("Object", "[200]", "Int32[]");
        var id = await host.Admin.PublishAsync(asking);
        using var open = Open();

        var instance = await host.Admin.ExecuteAsync(id);
        var finished = await host.Admin.WaitForAsync(instance, "Finished");

        receiver.Heard.Should().ContainSingle().Which.Should().Be("POST /order Bearer nobody-shall-read-this {\"a\":1}");
        var written = (await host.Admin.JournalAsync(instance)).ToJsonString() + finished.ToJsonString() + (await host.Admin.OkAsync(HttpMethod.Get, "/elsa/api/secrets")).ToJsonString();
        written.Should().NotContain("nobody-shall");
        var rows = await host.Parts.GetRequiredService<Database>().QueryAsync("""
            select payload::text from outbox union all select encode(state, 'escape') from instances union all select entries from journal
            union all select encode(value, 'escape') from secrets union all select coalesce(detail::text, '') from audit
            """);
        rows.Should().OnlyContain(row => !((string)row[0]!).Contains("nobody-shall", StringComparison.Ordinal));

        await host.Admin.OkAsync(HttpMethod.Post, "/elsa/api/secrets/carrier-token/revoke", new { });
        var refused = await host.Admin.ExecuteAsync(id);
        await host.Admin.WaitForAsync(refused, "Finished");
        (await host.Admin.LinesAsync(refused)).Should().Equal("failed");
        receiver.Heard.Should().ContainSingle("a revoked secret is not sent");
    }

    [Fact]
    public async Task A_secret_where_it_could_be_read_is_refused_at_publish_with_the_activity()
    {
        var definition = Draw.Definition("secret-line", Draw.Sequence(Draw.Activity("Elsa.WriteLine", "says", ("text", Draw.Input("Secret", "carrier-token")))));

        var (status, errors) = await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/workflow-definitions", new { model = definition, publish = true });

        status.Should().Be(400);
        errors.Should().ContainSingle().Which.Should().Contain("secret");
    }

    [Fact]
    public async Task Secrets_are_made_rotated_tested_and_deleted_by_whom_may_and_belong_to_their_tenant()
    {
        const string Secrets = "/elsa/api/secrets";
        var made = await host.Admin.OkAsync(HttpMethod.Post, Secrets, new { name = "life", displayName = "Life", value = "one", typeName = "text", storeName = "encrypted" });
        made.ContainsKey("value").Should().BeFalse();
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/secrets", new { name = "life", value = "two" })).Status.Should().Be(400);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/secrets", new { name = "no spaces", value = "two" })).Status.Should().Be(400);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/secrets", new { name = "empty" })).Status.Should().Be(400);

        ((int)(await host.Admin.OkAsync(HttpMethod.Post, $"{Secrets}/life/rotate", new { value = "two", expiresAt = "2999-01-01T00:00:00Z" }))["currentVersion"]!).Should().Be(2);
        ((bool)(await host.Admin.OkAsync(HttpMethod.Post, $"{Secrets}/life/test"))["succeeded"]!).Should().BeTrue();
        ((string)(await host.Admin.OkAsync(HttpMethod.Post, $"{Secrets}/life", new { description = "of the test" }))["description"]!).Should().Be("of the test");
        ((string)(await host.Admin.OkAsync(HttpMethod.Post, $"{Secrets}/picker", new { search = "lif" }))["items"]![0]!["name"]!).Should().Be("life");
        ((int)(await host.Admin.OkAsync(HttpMethod.Get, $"{Secrets}?search=lif&status=Active"))["totalCount"]!).Should().Be(1);
        (await host.Admin.OkAsync(HttpMethod.Get, $"{Secrets}/descriptors"))["stores"]!.AsArray().Should().HaveCount(1);

        var (_, other) = await host.TenantAsync($"SecretsOfOthers");
        (await other.ElsaRefusedAsync(HttpMethod.Get, "/secrets/life")).Status.Should().Be(404);
        using (var read = await (await host.UserAsync("secrets:read")).SendAsync(HttpMethod.Post, $"{Secrets}/life/revoke", new { }))
            ((int)read.StatusCode).Should().Be(403);
        using var deleted = await host.Admin.SendAsync(HttpMethod.Delete, $"{Secrets}/life");
        ((int)deleted.StatusCode).Should().Be(204);
        (await host.Admin.ElsaRefusedAsync(HttpMethod.Post, "/secrets/life/rotate", new { value = "x" })).Status.Should().Be(404);
    }

    [Fact]
    public async Task Nobody_listening_is_an_outcome()
    {
        var id = await host.Admin.PublishAsync(Asking("http-dead", "http://127.0.0.1:9/"));
        using var open = Open();

        var instance = await host.Admin.ExecuteAsync(id);
        await host.Admin.WaitForAsync(instance, "Finished");

        (await host.Admin.LinesAsync(instance)).Should().Equal("failed");
    }

    [Theory]
    [InlineData("http://127.0.0.1:{port}/")]
    [InlineData("http://localhost:{port}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{port}/")]
    [InlineData("http://0.0.0.0:{port}/")]
    public async Task The_network_that_the_service_stands_in_is_not_reached(string url)
    {
        using var receiver = Receiver.Start(_ => (200, "inside"));
        var address = url.Replace("{port}", receiver.Port.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
        var id = await host.Admin.PublishAsync(Asking(Draw.NewId("http-inside"), address));

        var instance = await host.Admin.ExecuteAsync(id);
        await host.Admin.WaitForAsync(instance, "Finished");

        (await host.Admin.LinesAsync(instance)).Should().Equal("failed");
        receiver.Heard.Should().BeEmpty();
    }

    [Theory]
    [InlineData("10.1.2.3", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:192.168.1.1", false)]
    [InlineData("::192.168.1.1", false)]
    [InlineData("192.88.99.1", false)]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700:4700::1111", true)]
    public void An_address_is_public_or_not(string address, bool isPublic) => EgressGuard.IsPublic(IPAddress.Parse(address)).Should().Be(isPublic);

    [Fact]
    public async Task An_endpoint_takes_what_its_path_and_body_say()
    {
        var root = Draw.Sequence(
            Draw.Activity("Elsa.HttpEndpoint", "http", ("customProperties", new JsonObject { ["canStartWorkflow"] = true }), ("path", Draw.Literal("orders/{id}/lines")),
                ("supportedMethods", Draw.Input("Object", "[\"POST\",\"PUT\"]", "String[]")), ("routeData", Draw.Bound("Route")), ("parsedContent", Draw.Bound("Body")),
                ("queryStringData", Draw.Bound("Query"))),
            Draw.Activity("Elsa.WriteHttpResponse", "answer", ("statusCode", Draw.Literal("Accepted")), ("contentType", Draw.Literal("text/plain")),
                ("responseHeaders", Draw.Input("Object", "{\"x-made-by\":\"a workflow\"}", "HttpHeaders")),
                ("content", Draw.Input("JavaScript", "getVariable('Route').id + ' ' + getVariable('Body').n + ' ' + getVariable('Query').q"))));
        var definition = Draw.Definition("http-orders", root);
        definition["variables"] = new JsonArray(Draw.Variable("Route"), Draw.Variable("Body"), Draw.Variable("Query"));
        await host.Admin.PublishAsync(definition);

        using var answer = await host.Anonymous().SendAsync(HttpMethod.Put, "/workflows/orders/a%20b/lines?q=z", new { n = 7 });

        (await answer.Content.ReadAsStringAsync()).Should().Be("a b 7 z");
        answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
        answer.Headers.GetValues("x-made-by").Should().Equal("a workflow");
        using var wrong = await host.Anonymous().RawAsync("POST", "/workflows/orders/1/lines", "{".Utf8(), "application/json");
        ((int)wrong.StatusCode).Should().Be(400);
        using var get = await host.Anonymous().GetAsync(new Uri("/workflows/orders/1/lines", UriKind.Relative));
        ((int)get.StatusCode).Should().Be(404);
    }

    [Fact]
    public async Task Of_instances_that_wait_for_a_request_the_one_that_is_named_goes_on()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("http-waits", Draw.Sequence(
            Draw.Activity("Elsa.HttpEndpoint", "http", ("path", Draw.Literal("go-on"))),
            Draw.Activity("Elsa.WriteHttpResponse", "answer", ("content", Draw.Literal("gone on"))))));
        var (one, other) = (await host.Admin.ExecuteAsync(id), await host.Admin.ExecuteAsync(id));

        using var ambiguous = await host.Anonymous().GetAsync(new Uri("/workflows/go-on", UriKind.Relative));
        ((int)ambiguous.StatusCode).Should().Be(500);
        using var answer = await host.Anonymous().GetAsync(new Uri($"/workflows/go-on?workflowInstanceId={one}", UriKind.Relative));

        (await answer.Content.ReadAsStringAsync()).Should().Be("gone on");
        ((string)(await host.Admin.InstanceAsync(one))["subStatus"]!).Should().Be("Finished");
        ((string)(await host.Admin.InstanceAsync(other))["subStatus"]!).Should().Be("Suspended");
    }

    [Fact]
    public async Task An_endpoint_may_be_for_users_with_a_permission_only()
    {
        await host.Admin.PublishAsync(Draw.Definition("http-guarded", Draw.Sequence(
            Draw.Activity("Elsa.HttpEndpoint", "http", ("customProperties", new JsonObject { ["canStartWorkflow"] = true }), ("path", Draw.Literal("guarded")),
                ("authorize", Draw.Literal("True", "Boolean")), ("policy", Draw.Literal("sites:read"))))));

        using var nobody = await host.Anonymous().GetAsync(new Uri("/workflows/guarded", UriKind.Relative));
        using var wrong = await (await host.UserAsync("tasks:work")).GetAsync(new Uri("/workflows/guarded", UriKind.Relative));
        using var right = await (await host.UserAsync("sites:read")).GetAsync(new Uri("/workflows/guarded", UriKind.Relative));

        new[] { (int)nobody.StatusCode, (int)wrong.StatusCode, (int)right.StatusCode }.Should().Equal(401, 403, 200);
        (await right.Content.ReadAsStringAsync()).Should().Be("""{"workflowInstanceIds":[]}""");
    }

    [Fact]
    public async Task A_path_of_two_tenants_is_served_by_the_one_that_is_meant()
    {
        var (tenantId, other) = await host.TenantAsync($"HttpOfOthers");
        foreach (var (client, says) in new[] { (host.Admin, "the first"), (other, "the other") })
        {
            await client.PublishAsync(Draw.Definition("whose-path", Draw.Sequence(
                Draw.Activity("Elsa.HttpEndpoint", "http", ("customProperties", new JsonObject { ["canStartWorkflow"] = true }), ("path", Draw.Literal("whose"))),
                Draw.Activity("Elsa.WriteHttpResponse", "answer", ("content", Draw.Literal(says))))));
        }
        await other.PublishAsync(Draw.Definition("own-path", Draw.Sequence(
            Draw.Activity("Elsa.HttpEndpoint", "http", ("customProperties", new JsonObject { ["canStartWorkflow"] = true }), ("path", Draw.Literal("own"))))));
        var nobody = host.Anonymous();

        (await SaidAsync(nobody, "/workflows/whose")).Should().Be("the first");
        (await SaidAsync(nobody, $"/workflows/{tenantId}/whose")).Should().Be("the other");
        (await SaidAsync(nobody, "/workflows/whose", ("X-Tenant-Id", tenantId.ToString()))).Should().Be("the other");
        (await SaidAsync(other, "/workflows/whose")).Should().Be("the other");
        (await SaidAsync(host.Admin, $"/workflows/{tenantId}/whose")).Should().Be("the other");
        using var hidden = await nobody.SendAsync(HttpMethod.Get, "/workflows/own");
        ((int)hidden.StatusCode).Should().Be(404, "another tenant's path is nobody's unless its tenant is named");
        using var wrong = await nobody.SendAsync(HttpMethod.Get, "/workflows/whose", null, ("X-Tenant-Id", "nobody"));
        ((int)wrong.StatusCode).Should().Be(400);

        static async Task<string> SaidAsync(HttpClient client, string path, params (string, string)[] headers)
        {
            using var answer = await client.SendAsync(HttpMethod.Get, path, null, headers);
            return await answer.Content.ReadAsStringAsync();
        }
    }

    [Fact]
    public async Task An_answer_without_a_request_is_an_incident()
    {
        var id = await host.Admin.PublishAsync(Draw.Definition("http-alone", Draw.Sequence(
            Draw.Activity("Elsa.Delay", "wait", ("timeSpan", Draw.Literal("00:00:00.010", "TimeSpan"))), Draw.Activity("Elsa.WriteHttpResponse", "answer"))));

        var faulted = await host.Admin.WaitForAsync(await host.Admin.ExecuteAsync(id), "Faulted");

        ((string)faulted["workflowState"]!["incidents"]![0]!["activityId"]!).Should().Be("answer");
    }

    private static JsonObject Asking(string id, string url)
    {
        var definition = Draw.Definition(id, Draw.Flow(
            [
                Draw.Activity("Elsa.FlowSendHttpRequest", "ask", ("url", Draw.Literal(url)), ("method", Draw.Literal("POST")), ("authorization", Draw.Literal("secret")),
                    ("contentType", Draw.Literal("application/json")), ("content", Draw.Input("Object", "{\"a\":1}", "Object")),
                    ("expectedStatusCodes", Draw.Input("Object", "[200,201]", "Int32[]")), ("parsedContent", Draw.Bound("Answer"))),
                Draw.Script("created", "'created ' + getVariable('Answer').said"), Draw.Line("done", "done"), Draw.Line("failed", "failed"), Draw.Line("other", "other"),
            ],
            ("ask", "201", "created"), ("ask", "Done", "done"), ("ask", "Failed to connect", "failed"), ("ask", "Unmatched status code", "other")));
        definition["variables"] = new JsonArray(Draw.Variable("Answer"));
        return definition;
    }

    private Opened Open() => new(host.Parts.GetRequiredService<EgressOptions>());

    /// <summary>Lets workflows reach this machine for a while.</summary>
    private sealed class Opened : IDisposable
    {
        private readonly EgressOptions options;

        public Opened(EgressOptions options) => (this.options = options).AllowPrivateNetworks = true;

        public void Dispose() => options.AllowPrivateNetworks = false;
    }

    private sealed class Receiver : IDisposable
    {
        private readonly HttpListener listener = new();

        public string Address => $"http://127.0.0.1:{Port}/";

        public int Port { get; private init; }

        public List<string> Heard { get; } = [];

        public static Receiver Start(Func<HttpListenerContext, (int Status, string Body)> answer)
        {
            using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
            probe.Start();
            var port = ((IPEndPoint)probe.LocalEndpoint).Port;
            probe.Stop();
            var receiver = new Receiver { Port = port };
            receiver.listener.Prefixes.Add($"http://*:{port}/");
            receiver.listener.Start();
            _ = receiver.ListenAsync(answer);
            return receiver;
        }

        public void Dispose() => listener.Close();

        private async Task ListenAsync(Func<HttpListenerContext, (int Status, string Body)> answer)
        {
            try
            {
                while (true)
                {
                    var context = await listener.GetContextAsync();
                    using var reader = new StreamReader(context.Request.InputStream);
                    Heard.Add($"{context.Request.HttpMethod} {context.Request.RawUrl} {context.Request.Headers["Authorization"]} {await reader.ReadToEndAsync()}");
                    var (status, body) = answer(context);
                    context.Response.StatusCode = status;
                    context.Response.ContentType = "application/json";
                    await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }
}
