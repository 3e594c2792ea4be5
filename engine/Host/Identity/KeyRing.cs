using System.Security.Cryptography;
using System.Text;
using System.Xml;
using System.Xml.Linq;

using Microsoft.AspNetCore.DataProtection.Repositories;

using Npgsql;

using Switchboard.Data;

namespace Switchboard.Host.Identity;

/// <summary>
/// The keys that protect tokens, in the database: a token of one node is good on every other and survives a restart. They
/// are sealed (AES-256-GCM) with a key that is not in the database, so that a copy of it signs nobody in. Those from before
/// the sealing are read as they are; one that was sealed with another key is left out and said so.
/// Synchronous because the framework's interface is; it is called at the first token and about once a day.
/// </summary>
internal sealed class KeyRing : IXmlRepository
{
    public const int KeyBytes = 32;

    private const string FileName = "token-keys.key";
    private const string SealedName = "sealed";

    private readonly Database database;
    private readonly TimeProvider time;
    private readonly ILogger<KeyRing> log;
    private readonly byte[]? seal;

    public KeyRing(Database database, Settings settings, TimeProvider time, ILogger<KeyRing> log)
    {
        this.database = database;
        this.time = time;
        this.log = log;
        seal = settings.Key ?? (settings.Db is null ? OfFile(Path.Combine(settings.Data, FileName)) : null);
        if (seal is null)
            log.LogWarning("The keys of tokens are not sealed in the database; set SWITCHBOARD_KEY, the same on every node.");
    }

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var command = database.Engine.CreateCommand("select id, xml from data_protection_keys order by created_at, id");
        using var reader = command.ExecuteReader();
        var keys = new List<XElement>();
        while (reader.Read())
        {
            if (Open(XElement.Parse(reader.GetString(1)), reader.GetGuid(0)) is { } key)
                keys.Add(key);
        }
        return keys;
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        var now = time.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        using var command = database.Engine.CreateCommand(
            "insert into data_protection_keys (id, name, xml, created_at) values ($1, $2, $3, $4)");
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        command.Parameters.Add(new NpgsqlParameter { Value = friendlyName });
        command.Parameters.Add(new NpgsqlParameter { Value = Seal(element, id).ToString(SaveOptions.DisableFormatting) });
        command.Parameters.Add(new NpgsqlParameter { Value = now });
        command.ExecuteNonQuery();
    }

    /// <summary>The key in a file that only its owner reads; made at the first start.</summary>
    private static byte[] OfFile(string path)
    {
        if (!File.Exists(path))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.Write(RandomNumberGenerator.GetBytes(KeyBytes));
            file.Flush(flushToDisk: true);
        }
        var key = File.ReadAllBytes(path);
        return key.Length == KeyBytes ? key : throw new SettingsException($"{path} must hold {KeyBytes} bytes and holds {key.Length}.");
    }

    private XElement Seal(XElement element, Guid id)
    {
        if (seal is null)
            return element;
        var plain = Encoding.UTF8.GetBytes(element.ToString(SaveOptions.DisableFormatting));
        var box = new byte[AesGcm.NonceByteSizes.MaxSize + plain.Length + AesGcm.TagByteSizes.MaxSize];
        var (nonce, cipher, tag) = Parts(box);
        RandomNumberGenerator.Fill(nonce.Span);
        using var aes = new AesGcm(seal, AesGcm.TagByteSizes.MaxSize);
        aes.Encrypt(nonce.Span, plain, cipher.Span, tag.Span, id.ToByteArray());
        return new XElement(SealedName, Convert.ToBase64String(box));
    }

    /// <summary>Null for one that this node cannot open: its tokens are not good here, and a new key takes its place.</summary>
    private XElement? Open(XElement element, Guid id)
    {
        if (element.Name != SealedName)
            return element;
        try
        {
            var (nonce, cipher, tag) = Parts(Convert.FromBase64String(element.Value));
            var plain = new byte[cipher.Length];
            using var aes = new AesGcm(seal ?? throw new CryptographicException("This node has no key."), AesGcm.TagByteSizes.MaxSize);
            aes.Decrypt(nonce.Span, cipher.Span, tag.Span, plain, id.ToByteArray());
            return XElement.Parse(Encoding.UTF8.GetString(plain));
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException or XmlException)
        {
            log.LogWarning(e, "Key {Id} of the tokens was sealed with another SWITCHBOARD_KEY; tokens under it are not accepted.", id);
            return null;
        }
    }

    private static (Memory<byte> Nonce, Memory<byte> Cipher, Memory<byte> Tag) Parts(byte[] box)
    {
        var (nonce, tag) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        return (box.AsMemory(0, nonce), box.AsMemory(nonce, box.Length - nonce - tag), box.AsMemory(box.Length - tag));
    }
}
