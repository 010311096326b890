namespace Conpot.Pi.Appliance;

/// <summary>A file of the system as this machine shall have it; one without a text shall not be there.</summary>
/// <param name="Path">Absolute.</param>
internal sealed record SystemFile(string Path, string? Text, UnixFileMode Mode = SystemFile.Public)
{
    public const UnixFileMode Public = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
}
