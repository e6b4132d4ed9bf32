//! The reasons of failures, and what the seller should do.

use entity::types::{FailureCode, FailureStage};

use super::{Text, platform};

/// What a frontend shows of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailureTexts {
    /// Whether it kept a trigger from becoming a sync, or a sync from succeeding.
    pub stage: FailureStage,
    /// Whether it may heal by itself, so that it is tried again without anyone's doing.
    pub is_retryable: bool,
    /// A few words.
    pub title: Text,
    /// What happened.
    pub explanation: Text,
    /// What the seller should do.
    pub remedy: Text,
}

/// The texts of a failure reason.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table of texts")]
pub fn of_failure(code: FailureCode) -> FailureTexts {
    use FailureCode as C;
    use FailureStage::{Push, Trigger};
    let (stage, is_retryable, title, explanation, remedy) = match code {
        C::NotInAnyRule => (
            Trigger,
            false,
            Text::new("In no sync rule", "Tidak ada di aturan sinkronisasi"),
            Text::new(
                "The SKU is in no enabled sync rule.",
                "SKU tidak termasuk dalam aturan sinkronisasi yang aktif.",
            ),
            Text::new(
                "Add the SKU and its store to a sync rule, or enable the rule that covers them.",
                "Tambahkan SKU dan tokonya ke aturan sinkronisasi, atau aktifkan aturan yang mencakupnya.",
            ),
        ),
        C::NoStoreSkuMapping => (
            Trigger,
            false,
            Text::new("Not mapped in the store", "Belum dipetakan di toko"),
            Text::new(
                "The rule covers a store in which no store SKU is mapped to the warehouse SKU.",
                "Aturan mencakup toko yang tidak memiliki SKU toko yang dipetakan ke SKU gudang ini.",
            ),
            Text::new(
                "Map a store SKU of that store to the warehouse SKU, or take the store out of the rule.",
                "Petakan SKU toko pada toko tersebut ke SKU gudang, atau keluarkan toko dari aturan.",
            ),
        ),
        C::MarkedShort => (
            Trigger,
            false,
            Text::new("Marked short", "Ditandai stok kosong"),
            Text::new(
                "The warehouse SKU carries the shortage mark.",
                "SKU gudang memiliki tanda stok kosong.",
            ),
            Text::new(
                "Clear the shortage mark when the SKU may be sold again; it is then synced by itself.",
                "Hapus tanda stok kosong bila SKU boleh dijual lagi; SKU akan disinkronkan otomatis.",
            ),
        ),
        C::WarehouseNotInRule => (
            Trigger,
            false,
            Text::new("Warehouse not in the rule", "Gudang tidak ada di aturan"),
            Text::new(
                "The stock changed in a warehouse that the governing rule does not use, so the quantity stays as it is.",
                "Stok berubah di gudang yang tidak dipakai oleh aturan, sehingga jumlahnya tetap.",
            ),
            Text::new(
                "Add the warehouse to the sync rule if its stock is to be sold in the store.",
                "Tambahkan gudang ke aturan sinkronisasi jika stoknya akan dijual di toko.",
            ),
        ),
        C::StockUnknown => (
            Trigger,
            false,
            Text::new("Stock not reported yet", "Stok belum dilaporkan"),
            Text::new(
                "No stock of the SKU has been reported in the rule's warehouses yet, so there is no quantity to push.",
                "Belum ada stok SKU yang dilaporkan di gudang pada aturan, sehingga tidak ada jumlah untuk dikirim.",
            ),
            Text::new(
                "Report the SKU's stock, 0 included; it is then synced by itself.",
                "Laporkan stok SKU, termasuk 0; SKU akan disinkronkan otomatis.",
            ),
        ),
        C::NoListing => (
            Trigger,
            false,
            Text::new("No listing", "Tidak ada produk di toko"),
            Text::new(
                "The store SKU has no listing to write the quantity to.",
                "SKU toko tidak memiliki produk tempat jumlah ditulis.",
            ),
            Text::new(
                "Add the product and variant ids of the listing to the store SKU.",
                "Tambahkan id produk dan varian ke SKU toko.",
            ),
        ),
        C::StoreNotConnected => (
            Trigger,
            false,
            Text::new("Store not connected", "Toko belum terhubung"),
            Text::new(
                "The store has no connection to push through.",
                "Toko belum memiliki koneksi untuk mengirim stok.",
            ),
            Text::new(
                "Connect the store, then resync.",
                "Hubungkan toko, lalu sinkronkan lagi.",
            ),
        ),
        C::NetworkError => (
            Push,
            true,
            Text::new("Not reachable", "Tidak terjangkau"),
            Text::new(
                "The marketplace could not be reached, or the connection broke.",
                "Marketplace tidak dapat dijangkau atau koneksi terputus.",
            ),
            Text::new(
                "Nothing: it is tried again by itself. If it goes on, check the store's endpoint.",
                "Tidak perlu apa-apa: dicoba lagi otomatis. Jika berlanjut, periksa endpoint toko.",
            ),
        ),
        C::TimedOut => (
            Push,
            true,
            Text::new("No answer in time", "Tidak ada jawaban tepat waktu"),
            Text::new(
                "The marketplace did not answer in time; the quantity may or may not have been applied.",
                "Marketplace tidak menjawab tepat waktu; jumlah mungkin sudah atau belum diterapkan.",
            ),
            Text::new(
                "Nothing: the newest quantity is pushed again by itself.",
                "Tidak perlu apa-apa: jumlah terbaru dikirim lagi otomatis.",
            ),
        ),
        C::MarketplaceError => (
            Push,
            true,
            Text::new("Marketplace error", "Kesalahan marketplace"),
            Text::new(
                "The marketplace answered with an error of its own.",
                "Marketplace menjawab dengan kesalahan internal.",
            ),
            Text::new(
                "Nothing: it is tried again by itself.",
                "Tidak perlu apa-apa: dicoba lagi otomatis.",
            ),
        ),
        C::Throttled => (
            Push,
            true,
            Text::new("Slowed down by the marketplace", "Dibatasi oleh marketplace"),
            Text::new(
                "The marketplace asked to send less often.",
                "Marketplace meminta agar pengiriman diperlambat.",
            ),
            Text::new(
                "Nothing: it is sent as soon as the marketplace allows.",
                "Tidak perlu apa-apa: dikirim segera setelah marketplace mengizinkan.",
            ),
        ),
        C::InvalidReply => (
            Push,
            true,
            Text::new("Reply not understood", "Jawaban tidak dikenali"),
            Text::new(
                "The marketplace answered with something that is not a reply in the agreed form, so it is unknown whether the quantity was applied.",
                "Marketplace menjawab dalam bentuk yang tidak dikenal sehingga tidak diketahui apakah jumlah diterapkan.",
            ),
            Text::new(
                "If it goes on, check that the endpoint answers in the documented form.",
                "Jika berlanjut, pastikan endpoint menjawab sesuai dokumentasi.",
            ),
        ),
        C::CredentialsRefused => (
            Push,
            false,
            Text::new("Credentials refused", "Kredensial ditolak"),
            Text::new(
                "The marketplace refused the store's credentials. Nothing more is sent to the store.",
                "Marketplace menolak kredensial toko. Tidak ada lagi yang dikirim ke toko.",
            ),
            Text::new(
                "Connect the store again with good credentials, then resync.",
                "Hubungkan kembali toko dengan kredensial yang benar, lalu sinkronkan lagi.",
            ),
        ),
        C::EndpointGone => (
            Push,
            false,
            Text::new("Endpoint gone", "Endpoint sudah tidak ada"),
            Text::new(
                "The endpoint says that it is gone for good. Nothing more is sent to the store.",
                "Endpoint menyatakan sudah tidak ada. Tidak ada lagi yang dikirim ke toko.",
            ),
            Text::new(
                "Connect the store with its new endpoint, then resync.",
                "Hubungkan toko dengan endpoint barunya, lalu sinkronkan lagi.",
            ),
        ),
        C::EndpointNotAllowed => (
            Push,
            false,
            Text::new("Endpoint not allowed", "Endpoint tidak diizinkan"),
            Text::new(
                "The store's endpoint is at a private address, which this server does not call.",
                "Endpoint toko berada di alamat privat yang tidak dipanggil server ini.",
            ),
            Text::new(
                "Use a public address, or ask the operator to allow private endpoints.",
                "Gunakan alamat publik, atau minta operator mengizinkan endpoint privat.",
            ),
        ),
        C::ListingNotFound => (
            Push,
            false,
            Text::new("Listing not found", "Produk tidak ditemukan"),
            Text::new(
                "The listing is unknown on the marketplace.",
                "Produk tidak dikenal di marketplace.",
            ),
            Text::new(
                "Check the product and variant ids of the store SKU; the listing may have been deleted.",
                "Periksa id produk dan varian SKU toko; produk mungkin sudah dihapus.",
            ),
        ),
        C::QuantityRejected => (
            Push,
            false,
            Text::new("Quantity not accepted", "Jumlah tidak diterima"),
            Text::new(
                "The marketplace does not accept this quantity.",
                "Marketplace tidak menerima jumlah ini.",
            ),
            Text::new(
                "Adjust the sync rule so that the quantity lies in the marketplace's range, then resync.",
                "Sesuaikan aturan sinkronisasi agar jumlah sesuai batas marketplace, lalu sinkronkan lagi.",
            ),
        ),
        C::ListingLocked => (
            Push,
            true,
            Text::new("Listing locked", "Produk terkunci"),
            Text::new(
                "The listing is locked for now, by a promotion or a holiday mode for example.",
                "Produk sedang terkunci, misalnya karena promosi atau mode libur.",
            ),
            Text::new(
                "It is tried again later. To sync sooner, end the promotion or holiday mode, then resync.",
                "Akan dicoba lagi nanti. Agar lebih cepat, akhiri promosi atau mode libur, lalu sinkronkan lagi.",
            ),
        ),
        C::Rejected => (
            Push,
            false,
            Text::new("Refused by the marketplace", "Ditolak marketplace"),
            Text::new(
                "The marketplace refused the push for a reason of its own.",
                "Marketplace menolak pengiriman dengan alasannya sendiri.",
            ),
            Text::new(
                "Read the marketplace's message, mend what it names, then resync.",
                "Baca pesan marketplace, perbaiki yang disebutkan, lalu sinkronkan lagi.",
            ),
        ),
        C::StorePaused => (
            Push,
            true,
            Text::new("Store paused", "Toko dijeda"),
            Text::new(
                "Many calls to the store failed in a row, so only single probes are sent to it, at growing intervals.",
                "Banyak panggilan ke toko gagal berturut-turut, sehingga hanya percobaan tunggal yang dikirim dengan jeda makin panjang.",
            ),
            Text::new(
                "Check the store's endpoint. Everything that waits is sent once a probe succeeds, or at once when the store is connected again.",
                "Periksa endpoint toko. Semua yang menunggu dikirim setelah percobaan berhasil, atau segera setelah toko dihubungkan kembali.",
            ),
        ),
        C::WaitedTooLong => (
            Push,
            false,
            Text::new("Waited too long", "Menunggu terlalu lama"),
            Text::new(
                "The store could not be pushed to for so long that the sync was given up.",
                "Toko tidak dapat dikirimi begitu lama sehingga sinkronisasi dihentikan.",
            ),
            Text::new(
                "Mend the store's connection, then resync.",
                "Perbaiki koneksi toko, lalu sinkronkan lagi.",
            ),
        ),
        C::PausedByHand => return platform::PAUSED_BY_HAND,
        C::SignatureRefused => return platform::SIGNATURE_REFUSED,
        C::PermissionMissing => return platform::PERMISSION_MISSING,
        C::ShopNotLinked => return platform::SHOP_NOT_LINKED,
        C::ShopBanned => return platform::SHOP_BANNED,
        C::AppKeyExpired => return platform::APP_KEY_EXPIRED,
        C::ServerNotAllowed => return platform::SERVER_NOT_ALLOWED,
        C::DailyLimit => return platform::DAILY_LIMIT,
        C::VariantNotFound => return platform::VARIANT_NOT_FOUND,
        C::VariantRequired => return platform::VARIANT_REQUIRED,
        C::LocationNotFound => return platform::LOCATION_NOT_FOUND,
        C::LocationRequired => return platform::LOCATION_REQUIRED,
        C::ListingNotEditable => return platform::LISTING_NOT_EDITABLE,
        C::StockManagedElsewhere => return platform::STOCK_MANAGED_ELSEWHERE,
        C::SellerPenalized => return platform::SELLER_PENALIZED,
        C::PromotionLocked => return platform::PROMOTION_LOCKED,
        C::StockReserved => return platform::STOCK_RESERVED,
        C::HolidayMode => return platform::HOLIDAY_MODE,
        C::QuantityNotTaken => return platform::QUANTITY_NOT_TAKEN,
        C::QuantityChanged => return platform::QUANTITY_CHANGED,
        C::Unrecognised => return platform::UNRECOGNISED,
    };
    FailureTexts {
        stage,
        is_retryable,
        title,
        explanation,
        remedy,
    }
}
