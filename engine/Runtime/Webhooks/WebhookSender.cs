using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

using Switchboard.Runtime.Activities.Http;

namespace Switchboard.Runtime.Webhooks;

/// <summary>How a receiver took an attempt.</summary>
/// <param name="Status">Of its answer; null when there was none.</param>
/// <param name="Problem">Why the attempt failed; null when it succeeded.</param>
/// <param name="RetryAfter">How long the receiver wants to be left alone.</param>
public sealed record WebhookAnswer(int? Status, string? Problem, TimeSpan? RetryAfter = null)
{
    /// <summary>The receiver wants no more of anything.</summary>
    public bool IsGone => Status == (int)HttpStatusCode.Gone;
}

/// <summary>
/// Makes one attempt: a signed POST after Standard Webhooks 1.0 to an address that is looked at when the connection is made.
/// No redirect is followed, no cookie kept, and of the answer nothing but its head is read.
/// </summary>
public sealed class WebhookSender : IDisposable
{
    /// <summary>Answers of receivers that are overloaded or away; without a Retry-After they are left alone for the first pause.</summary>
    private static readonly HttpStatusCode[] Overloaded =
        [HttpStatusCode.TooManyRequests, HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout];

    private static readonly TimeSpan Respite = TimeSpan.FromSeconds(5);

    private readonly WebhookOptions options;
    private readonly WebhookSecrets secrets;
    private readonly TimeProvider time;
    private readonly HttpClient client;

    public WebhookSender(WebhookOptions options, WebhookSecrets secrets, TimeProvider time)
    {
        (this.options, this.secrets, this.time) = (options, secrets, time);
        var handler = EgressGuard.CreateHandler(Allows);
        handler.AllowAutoRedirect = false;
        handler.MaxResponseDrainSize = 4 << 10;
        handler.MaxResponseHeadersLength = 16; // KiB
        client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Switchboard-Webhooks", "1"));
    }

    public async Task<WebhookAnswer> SendAsync(ClaimedDelivery claimed, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(options.Timeout);
        try
        {
            using var request = RequestOf(claimed);
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            return Judge(answer);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new WebhookAnswer(null, $"There was no answer within {options.Timeout.TotalSeconds:0.###} s.");
        }
        catch (CryptographicException)
        {
            return new WebhookAnswer(null, "The secret was sealed with keys that this node does not have: rotate it.");
        }
        catch (HttpRequestException e) when (e.InnerException is EgressRefusedException && claimed.Url.StartsWith("http:", StringComparison.OrdinalIgnoreCase))
        {
            return new WebhookAnswer(null, "Plain http goes to no address but those of SWITCHBOARD_WEBHOOK_NETWORKS.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UriFormatException or InvalidOperationException or NotSupportedException)
        {
            return new WebhookAnswer(null, e.InnerException?.Message ?? e.Message);
        }
    }

    public void Dispose() => client.Dispose();

    /// <summary>Plain HTTP goes nowhere but where whoever runs the service has said.</summary>
    private bool Allows(Uri url, IPAddress address)
    {
        var plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return options.Networks.Any(network => network.Contains(plain)) || (url.Scheme == Uri.UriSchemeHttps && EgressGuard.IsPublic(address));
    }

    private HttpRequestMessage RequestOf(ClaimedDelivery claimed)
    {
        var (delivery, now) = (claimed.Delivery, time.GetUtcNow());
        var (id, timestamp, body) = (delivery.EventId.ToString(), now.ToUnixTimeSeconds(), delivery.Body(options.BodyBytes));
        var signing = secrets.OpenAll(delivery.TenantId, delivery.WebhookId, claimed.Secret, claimed.PreviousSecret, claimed.PreviousUntil, now);
        return new HttpRequestMessage(HttpMethod.Post, new Uri(claimed.Url, UriKind.Absolute))
        {
            Headers =
            {
                { "webhook-id", id },
                { "webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture) },
                { "webhook-signature", WebhookSignature.Of(signing, id, timestamp, body) },
            },
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
        };
    }

    private WebhookAnswer Judge(HttpResponseMessage answer)
    {
        var status = (int)answer.StatusCode;
        if (answer.IsSuccessStatusCode)
            return new WebhookAnswer(status, null);
        var asked = answer.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - time.GetUtcNow(),
            _ => Overloaded.Contains(answer.StatusCode) ? Respite : (TimeSpan?)null,
        };
        var pause = asked is { } span && span > TimeSpan.Zero ? (span < options.MostRetryAfter ? span : options.MostRetryAfter) : (TimeSpan?)null;
        return new WebhookAnswer(status, status is >= 300 and < 400 ? $"The receiver answered {status}; redirects are not followed." : $"The receiver answered {status}.", pause);
    }
}
